const LARGEST = 2n ** 64n - 1n;
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: RFC 8259 §7 forbids them in strings
const UNUSUAL = /[\\\u0000-\u001f]/;

/** Text that is no JSON as this reader wants it. `message` says why, without the place. */
export class JsonError extends Error {
  override readonly name = 'JsonError';
  /** In UTF-16 code units from the beginning; 0 for what concerns all of it. */
  readonly offset: number;

  constructor(message: string, offset: number, options?: ErrorOptions) {
    super(message, options);
    this.offset = offset;
  }
}

export interface StrictOptions {
  /** Bytes. */
  most: number;
  /** Levels of nesting. */
  deepest: number;
  /** Members that are null: kept, or as good as absent (as in Go). */
  nulls: 'kept' | 'absent';
  /** Whether `positions` is filled. */
  positions?: boolean;
}

export interface StrictDocument {
  value: unknown;
  /** JSON pointer (RFC 6901) of each value → where it begins. */
  positions: ReadonlyMap<string, number>;
}

/**
 * JSON (RFC 8259), stricter than `JSON.parse`: two readers of one file must not differ. Refused: the same key twice, the
 * key `__proto__`, NUL and lone surrogates, deep nesting, bytes that are no UTF-8.
 * Integers beyond 2^53 are bigints, since Go writes RLIM_INFINITY as 18446744073709551615.
 * @throws {JsonError}
 */
export function readStrictJson(bytes: Uint8Array, options: StrictOptions): StrictDocument {
  if (bytes.length > options.most)
    throw new JsonError(`it has ${bytes.length} bytes, more than ${options.most}`, 0);
  const reader = new Reader(decode(bytes), options);
  return { value: reader.document(), positions: reader.positions };
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new JsonError('it is not UTF-8', 0, { cause });
  }
}

/** The JSON pointer of a member. */
export function member(pointer: string, key: string): string {
  return `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** Text of a stranger, fit for one line of a message. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not reach a log or a terminal
  const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;
  const short = text.length > 256 ? `${text.slice(0, 256)}…` : text;
  return short.replace(controls, (sign) => `\\x${sign.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

class Reader {
  readonly positions = new Map<string, number>();
  readonly #text: string;
  readonly #options: StrictOptions;
  #at = 0;

  constructor(text: string, options: StrictOptions) {
    this.#text = text;
    this.#options = options;
  }

  document(): unknown {
    const value = this.#value(0, '');
    this.#space();
    if (this.#at < this.#text.length) throw this.#unexpected();
    return value;
  }

  #value(depth: number, pointer: string): unknown {
    const { deepest, positions } = this.#options;
    if (depth > deepest) throw this.#bad(`it nests deeper than ${deepest}`);
    this.#space();
    if (positions) this.positions.set(pointer, this.#at);
    switch (this.#text[this.#at]) {
      case '{':
        return this.#object(depth, pointer);
      case '[':
        return this.#array(depth, pointer);
      case '"':
        return this.#string();
      case 't':
        return this.#word('true', true);
      case 'f':
        return this.#word('false', false);
      case 'n':
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  #object(depth: number, pointer: string): unknown {
    const object: Record<string, unknown> = Object.create(null);
    const keys = new Set<string>();
    this.#at += 1;
    if (this.#take('}')) return object;
    do {
      this.#space();
      const start = this.#at;
      const key = this.#string();
      if (keys.has(key)) throw this.#bad(`${printable(key)} is there twice`, start);
      if (key === '__proto__') throw this.#bad('__proto__ is no name', start);
      keys.add(key);
      this.#expect(':');
      const value = this.#value(depth + 1, this.#below(pointer, key));
      if (value !== null || this.#options.nulls === 'kept') object[key] = value;
    } while (this.#take(','));
    this.#expect('}');
    return object;
  }

  #array(depth: number, pointer: string): unknown[] {
    const array: unknown[] = [];
    this.#at += 1;
    if (this.#take(']')) return array;
    do array.push(this.#value(depth + 1, this.#below(pointer, array.length)));
    while (this.#take(','));
    this.#expect(']');
    return array;
  }

  /** Pointers are made only where somebody wants positions. */
  #below(pointer: string, key: string | number): string {
    return this.#options.positions ? member(pointer, String(key)) : '';
  }

  #string(): string {
    if (this.#text[this.#at] !== '"') throw this.#unexpected();
    const start = this.#at;
    let end = this.#text.indexOf('"', start + 1);
    while (end > 0 && isEscaped(this.#text, end)) end = this.#text.indexOf('"', end + 1);
    if (end < 0) throw this.#bad('a string does not end', start);
    this.#at = end + 1;
    const raw = this.#text.slice(start + 1, end);
    if (!UNUSUAL.test(raw)) return raw;
    let value: string;
    try {
      value = JSON.parse(`"${raw}"`);
    } catch (cause) {
      throw this.#bad('a string is malformed', start, cause);
    }
    if (value.includes('\0')) throw this.#bad('a string has a NUL', start);
    if (!value.isWellFormed()) throw this.#bad('a string has half a character', start);
    return value;
  }

  #number(): number | bigint {
    const start = this.#at;
    NUMBER.lastIndex = start;
    const found = NUMBER.exec(this.#text);
    if (found === null) throw this.#unexpected();
    this.#at += found[0].length;
    const value = Number(found[0]);
    if (Number.isSafeInteger(value)) return value;
    if (found[1] !== undefined || found[2] !== undefined) {
      if (Number.isInteger(value) || !Number.isFinite(value))
        throw this.#bad(`${printable(found[0])} is too large`, start);
      return value;
    }
    const exact = found[0].length > 21 ? LARGEST + 1n : BigInt(found[0]);
    if (exact > LARGEST || exact < -LARGEST) throw this.#bad(`${printable(found[0])} is too large`, start);
    return exact;
  }

  #word<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) throw this.#unexpected();
    this.#at += word.length;
    return value;
  }

  #space(): void {
    while (' \n\r\t'.includes(this.#text[this.#at] ?? 'x')) this.#at += 1;
  }

  #take(sign: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== sign) return false;
    this.#at += 1;
    return true;
  }

  #expect(sign: string): void {
    if (!this.#take(sign)) throw this.#unexpected();
  }

  #unexpected(): JsonError {
    const found = this.#text[this.#at];
    return this.#bad(found === undefined ? 'it ends too early' : `${printable(found)} is unexpected`);
  }

  #bad(why: string, at = this.#at, cause?: unknown): JsonError {
    return new JsonError(why, at, cause === undefined ? {} : { cause });
  }
}

/** Whether an odd number of backslashes stands before. */
function isEscaped(text: string, at: number): boolean {
  let before = at;
  while (text[before - 1] === '\\') before -= 1;
  return (at - before) % 2 === 1;
}
