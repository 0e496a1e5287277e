import { Refused, shown } from './refusal.ts';

/** Containers' files nest 6 deep. */
const DEEPEST = 32;
const LARGEST = 2n ** 64n - 1n;
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: RFC 8259 §7 forbids them in strings
const UNUSUAL = /[\\\u0000-\u001f]/;

/**
 * JSON (RFC 8259), stricter than `JSON.parse`: two readers of one file must not differ. Refused: the same key twice, the
 * key `__proto__`, NUL and lone surrogates, nesting deeper than 32, bytes that are no UTF-8.
 * Integers beyond 2^53 are bigints, since Go writes RLIM_INFINITY as 18446744073709551615. A member that is null is
 * as good as absent, as in Go.
 * @throws Refused (document)
 */
export function readJson(bytes: Uint8Array, most: number): unknown {
  if (bytes.length > most) throw bad(`it has ${bytes.length} bytes, more than ${most}`);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw bad('it is not UTF-8', cause);
  }
  return new Reader(text).document();
}

/** The opposite of `readJson`. */
export function writeJson(value: unknown): string {
  // No string has a NUL (readJson), so this mark cannot be forged.
  const text = JSON.stringify(value, (_, member) => (typeof member === 'bigint' ? `\0${member}` : member));
  return text.replace(/"\\u0000(-?\d+)"/g, '$1');
}

function bad(why: string, cause?: unknown): Refused {
  return new Refused('document', `the container's file cannot be read: ${why}`, { cause });
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): unknown {
    const value = this.#value(0);
    this.#space();
    if (this.#at < this.#text.length) throw this.#unexpected();
    return value;
  }

  #value(depth: number): unknown {
    if (depth > DEEPEST) throw bad(`it nests deeper than ${DEEPEST}`);
    this.#space();
    switch (this.#text[this.#at]) {
      case '{':
        return this.#object(depth);
      case '[':
        return this.#array(depth);
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

  #object(depth: number): unknown {
    const object: Record<string, unknown> = Object.create(null);
    const keys = new Set<string>();
    this.#at += 1;
    if (this.#take('}')) return object;
    do {
      this.#space();
      const key = this.#string();
      if (keys.has(key)) throw bad(`${shown(key)} is there twice`);
      if (key === '__proto__') throw bad('__proto__ is no name');
      keys.add(key);
      this.#expect(':');
      const value = this.#value(depth + 1);
      if (value !== null) object[key] = value;
    } while (this.#take(','));
    this.#expect('}');
    return object;
  }

  #array(depth: number): unknown[] {
    const array: unknown[] = [];
    this.#at += 1;
    if (this.#take(']')) return array;
    do array.push(this.#value(depth + 1));
    while (this.#take(','));
    this.#expect(']');
    return array;
  }

  #string(): string {
    if (this.#text[this.#at] !== '"') throw this.#unexpected();
    const start = this.#at;
    let end = this.#text.indexOf('"', start + 1);
    while (end > 0 && isEscaped(this.#text, end)) end = this.#text.indexOf('"', end + 1);
    if (end < 0) throw bad('a string does not end');
    this.#at = end + 1;
    const raw = this.#text.slice(start + 1, end);
    if (!UNUSUAL.test(raw)) return raw;
    let value: string;
    try {
      value = JSON.parse(`"${raw}"`);
    } catch (cause) {
      throw bad(`a string at ${start} is malformed`, cause);
    }
    if (value.includes('\0')) throw bad(`a string at ${start} has a NUL`);
    if (!value.isWellFormed()) throw bad(`a string at ${start} has half a character`);
    return value;
  }

  #number(): number | bigint {
    NUMBER.lastIndex = this.#at;
    const found = NUMBER.exec(this.#text);
    if (found === null) throw this.#unexpected();
    this.#at += found[0].length;
    const value = Number(found[0]);
    if (Number.isSafeInteger(value)) return value;
    if (found[1] !== undefined || found[2] !== undefined) {
      if (Number.isInteger(value) || !Number.isFinite(value)) throw bad(`${shown(found[0])} is too large`);
      return value;
    }
    const exact = found[0].length > 21 ? LARGEST + 1n : BigInt(found[0]);
    if (exact > LARGEST || exact < -LARGEST) throw bad(`${shown(found[0])} is too large`);
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

  #unexpected(): Refused {
    const found = this.#text[this.#at];
    return bad(found === undefined ? 'it ends too early' : `${shown(found)} at ${this.#at} is unexpected`);
  }
}

/** Whether an odd number of backslashes stands before. */
function isEscaped(text: string, at: number): boolean {
  let before = at;
  while (text[before - 1] === '\\') before -= 1;
  return (at - before) % 2 === 1;
}
