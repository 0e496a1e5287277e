const NEWLINE = 0x0a;

/** Turns a byte stream into lines of bounded length, whatever its pieces. The rest of a long line is dropped. */
export class LineSplitter {
  readonly #maxBytes: number;
  readonly #onLine: (line: string, cut: boolean) => void;
  #pieces: Buffer[] = [];
  #bytes = 0;
  #cut = false;

  /** @param onLine gets each line that is not empty, without its newline, and whether it was cut. */
  constructor(maxBytes: number, onLine: (line: string, cut: boolean) => void) {
    this.#maxBytes = maxBytes;
    this.#onLine = onLine;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start);
      this.#keep(chunk.subarray(start, end < 0 ? chunk.length : end));
      if (end < 0) return;
      this.end();
      start = end + 1;
    }
  }

  /** What came since the last newline is a line, too. */
  end(): void {
    const line = Buffer.concat(this.#pieces).toString('utf8');
    const cut = this.#cut;
    this.#pieces = [];
    this.#bytes = 0;
    this.#cut = false;
    if (line !== '') this.#onLine(line, cut);
  }

  #keep(piece: Buffer): void {
    const room = this.#maxBytes - this.#bytes;
    if (piece.length > room) this.#cut = true;
    const kept = piece.subarray(0, room);
    if (kept.length === 0) return;
    // A copy: a piece of a line must not hold the whole chunk that it came in.
    this.#pieces.push(Buffer.from(kept));
    this.#bytes += kept.length;
  }
}
