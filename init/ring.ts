/** The newest lines that fit into a number of bytes. What falls out is counted. */
export class Ring {
  readonly #limit: number;
  #lines: { seq: number; line: string }[] = [];
  #bytes = 0;
  #dropped = 0;

  /** @param limit bytes of text kept, at most. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get dropped(): number {
    return this.#dropped;
  }

  push(seq: number, line: string): void {
    this.#lines.push({ seq, line });
    this.#bytes += line.length;
    let gone = 0;
    for (const entry of this.#lines) {
      if (this.#bytes <= this.#limit) break;
      this.#bytes -= entry.line.length;
      gone += 1;
    }
    if (gone > 0) this.#lines.splice(0, gone);
    this.#dropped += gone;
  }

  /** Lines with a higher number than `seq`, oldest first. */
  *after(seq: number): Generator<string> {
    for (const entry of this.#lines) if (entry.seq > seq) yield entry.line;
  }
}
