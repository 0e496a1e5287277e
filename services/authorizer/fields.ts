import { JsonError, readStrictJson } from '../../policy/json/strict.ts';
import { shown } from '../warden/decision/refusal.ts';
import { Denied } from './denial.ts';

/** dockerd hands over less than 1 MiB (moby, pkg/authorization/authz.go). */
const MOST_BYTES = 1024 * 1024;
/** What docker sends nests 6 deep. */
const DEEPEST = 32;

/**
 * A JSON object as encoding/json of Go fills a struct from it: names match whatever their case (`hostconfig`), under
 * Unicode's folding. The same member twice is refused, also where only the case differs: Go would take the last, and
 * merge. A member is only looked for here if a decision depends on it.
 */
export class Fields {
  readonly #object: Readonly<Record<string, unknown>>;
  /** Where it is, for messages: `HostConfig.LogConfig`. */
  readonly #at: string;

  constructor(object: Readonly<Record<string, unknown>>, at = '') {
    this.#object = object;
    this.#at = at;
  }

  /** @throws Denied (body) when it is no JSON object, or one that two readers could read differently */
  static read(body: Buffer): Fields {
    let value: unknown;
    try {
      value = readStrictJson(body, { most: MOST_BYTES, deepest: DEEPEST, nulls: 'absent' }).value;
    } catch (cause) {
      if (!(cause instanceof JsonError)) throw cause;
      throw new Denied('body', `the body cannot be read: ${cause.message}`, { cause });
    }
    if (!isObject(value)) throw new Denied('body', 'the body is no JSON object');
    return new Fields(value);
  }

  text(name: string): string {
    const value = this.#member(name) ?? '';
    if (typeof value !== 'string') throw this.#wrong(name, 'a text');
    return value;
  }

  flag(name: string): boolean {
    const value = this.#member(name) ?? false;
    if (typeof value !== 'boolean') throw this.#wrong(name, 'true or false');
    return value;
  }

  /** Null entries are empty texts, as in Go. */
  texts(name: string): string[] {
    return this.#list(name).map((entry) => {
      if (typeof entry !== 'string' && entry !== null) throw this.#wrong(name, 'a list of texts');
      return entry ?? '';
    });
  }

  /** A struct; an absent one has no members. */
  inner(name: string): Fields {
    const value = this.#member(name) ?? {};
    if (!isObject(value)) throw this.#wrong(name, 'an object');
    return new Fields(value, this.#path(name));
  }

  inners(name: string): Fields[] {
    return this.#list(name).map((entry, index) => {
      if (!isObject(entry) && entry !== null) throw this.#wrong(name, 'a list of objects');
      return new Fields(entry ?? {}, `${this.#path(name)}[${index}]`);
    });
  }

  /** A map of texts: its keys are data, and keep their case. */
  map(name: string): Record<string, string> {
    const value = this.#member(name) ?? {};
    if (!isObject(value)) throw this.#wrong(name, 'an object of texts');
    const entries = Object.entries(value);
    if (!entries.every((entry): entry is [string, string] => typeof entry[1] === 'string'))
      throw this.#wrong(name, 'an object of texts');
    return Object.fromEntries(entries);
  }

  /** A map of lists of structs: port bindings. */
  lists(name: string): Fields[] {
    const value = this.#member(name) ?? {};
    if (!isObject(value)) throw this.#wrong(name, 'an object of lists');
    const map = new Fields(value, this.#path(name));
    return Object.keys(value).flatMap((key) => map.inners(key));
  }

  /** Names of members that have a value other than Go's zero. */
  names(): string[] {
    return Object.entries(this.#object).flatMap(([name, value]) => (isZero(value) ? [] : [name]));
  }

  #list(name: string): unknown[] {
    const value = this.#member(name) ?? [];
    if (!Array.isArray(value)) throw this.#wrong(name, 'a list');
    return value;
  }

  #member(name: string): unknown {
    const wanted = fold(name);
    const keys = Object.keys(this.#object).filter((key) => fold(key) === wanted);
    if (keys.length > 1) throw new Denied('body', `the body has ${this.#path(name)} twice`);
    const [key] = keys;
    return key === undefined ? undefined : this.#object[key];
  }

  #path(name: string): string {
    return this.#at === '' ? name : `${this.#at}.${name}`;
  }

  #wrong(name: string, wanted: string): Denied {
    return new Denied('body', `${shown(this.#path(name))} in the body is not ${wanted}`);
  }
}

/** encoding/json/fold.go: besides ASCII, two letters fold to ASCII ones: long s and the Kelvin sign. */
export function fold(name: string): string {
  return name.replaceAll('\u017f', 's').replaceAll('\u212a', 'k').toLowerCase();
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isZero(value: unknown): boolean {
  if (Array.isArray(value)) return value.every((entry) => entry === 0 || entry === null);
  if (isObject(value)) return Object.values(value).every(isZero);
  return value === null || value === undefined || value === false || value === 0 || value === '';
}
