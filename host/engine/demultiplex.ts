/** What a container wrote. */
export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

const HEADER_BYTES = 8;

/**
 * Takes apart the stream of a container without a terminal: for each piece one byte for its stream (1 stdout,
 * 2 stderr), three zero bytes, its length as 32 bits, big-endian (Engine API, "Attach to a container").
 */
export function demultiplex(stream: Buffer): Output {
  const pieces: Record<number, Buffer[]> = { 1: [], 2: [] };
  for (let at = 0; at + HEADER_BYTES <= stream.length; ) {
    const length = stream.readUInt32BE(at + 4);
    const start = at + HEADER_BYTES;
    pieces[stream.readUInt8(at)]?.push(stream.subarray(start, start + length));
    at = start + length;
  }
  const text = (id: number) => Buffer.concat(pieces[id] ?? []).toString('utf8');
  return { stdout: text(1), stderr: text(2) };
}
