import { crc32 } from 'node:zlib';

/**
 * Longest frame accepted, in bytes without its newline: two settings documents of 1 MiB in base64, and then some.
 * Longer input is dropped up to the next newline.
 */
export const MAX_FRAME_BYTES = 4 * 1024 * 1024;

const NEWLINE = 0x0a;
const HEADER = /^[0-9a-f]{8} /;

/**
 * One frame: eight hex digits of the CRC-32 of the JSON text, a space, the JSON text, a newline.
 *
 * JSON text holds no raw newline, so a reader that lost its place finds it again at the next newline; the
 * checksum tells a spliced line (bytes lost when the other end went away) from a whole one.
 */
export function encodeFrame(message: unknown): Buffer {
  return encodeJsonFrame(JSON.stringify(message));
}

/** The same for a message that is JSON text already, without a newline in it. */
export function encodeJsonFrame(text: string): Buffer {
  const json = Buffer.from(text);
  if (json.length + 9 > MAX_FRAME_BYTES) throw new RangeError(`frame of ${json.length} bytes is too long`);
  const sum = crc32(json).toString(16).padStart(8, '0');
  return Buffer.concat([Buffer.from(`${sum} `), json, Buffer.from('\n')]);
}

/** What a reader has seen so far, besides frames. */
export interface FrameStatistics {
  /** Lines that were no valid frame, overlong ones included. */
  dropped: number;
}

/** Turns a byte stream, whatever its beginning and its pieces, into parsed JSON values. Never throws. */
export class FrameReader {
  readonly statistics: FrameStatistics = { dropped: 0 };
  #pieces: Buffer[] = [];
  #bytes = 0;
  #overlong = false;

  /** @returns the values of all frames that `chunk` completed, in order. */
  push(chunk: Buffer): unknown[] {
    const values: unknown[] = [];
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start);
      this.#keep(chunk.subarray(start, end < 0 ? chunk.length : end));
      if (end < 0) return values;
      this.#finish(values);
      start = end + 1;
    }
  }

  /** Forgets a half-read frame: call it when the other end has gone. */
  reset(): void {
    this.#pieces = [];
    this.#bytes = 0;
    this.#overlong = false;
  }

  #keep(piece: Buffer): void {
    if (this.#overlong || piece.length === 0) return;
    if (this.#bytes + piece.length > MAX_FRAME_BYTES) {
      this.#pieces = [];
      this.#overlong = true;
      return;
    }
    this.#pieces.push(piece);
    this.#bytes += piece.length;
  }

  #finish(values: unknown[]): void {
    const line = Buffer.concat(this.#pieces);
    const overlong = this.#overlong;
    this.reset();
    if (line.length === 0 && !overlong) return; // an empty line is how a writer says 'a new beginning'
    const value = overlong ? undefined : parseLine(line);
    if (value === undefined) this.statistics.dropped += 1;
    else values.push(value);
  }
}

function parseLine(line: Buffer): unknown {
  const header = line.toString('latin1', 0, 9);
  if (!HEADER.test(header)) return undefined;
  const json = line.subarray(9);
  if (crc32(json) !== Number.parseInt(header, 16)) return undefined;
  try {
    return JSON.parse(json.toString('utf8')) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
