import { JsonError, member, printable, readStrictJson, type StrictDocument } from '../json/strict.ts';
import * as z from '../zod.ts';
import type { Entry, Identity, SettingsDocument, Warning } from './document.ts';
import { type Place, SettingsError, type SettingsErrorCode } from './error.ts';
import { nearest } from './nearest.ts';
import { type Setting, type SettingName, settingNames, settings } from './table.ts';
import { unknownMembers } from './unknown-members.ts';

export const MOST_BYTES = 1024 * 1024;
/** Settings nest 5 deep. */
const DEEPEST = 32;
const BOM = [0xef, 0xbb, 0xbf];

/** `admin`: admin-settings.json, to be signed. `user`: the same keys, without `locked`, identity and signature. */
export type DocumentKind = 'admin' | 'user';

/** What a signed document says of itself. */
export const identity = {
  organization: z
    .string()
    .check(z.minLength(1), z.maxLength(200), z.regex(/^[^\p{C}]+$/u, 'one line without control characters')),
  serial: z.int().check(z.minimum(1), z.maximum(Number.MAX_SAFE_INTEGER)),
  notBefore: z.iso.datetime({ offset: true }),
  expires: z.iso.datetime({ offset: true }),
  nextKey: z.string().check(z.regex(/^RW[A-Za-z0-9+/]{54}$/, 'the second line of a minisign public key')),
} as const;
const version = z.union([z.literal(2), z.literal('2')]);

/**
 * Reads a settings document. What is unknown becomes a warning; what is known and wrong refuses all of it.
 * @throws {SettingsError}
 */
export function parseSettings(bytes: Uint8Array, kind: DocumentKind): SettingsDocument {
  return new Parser(bytes, kind).document();
}

class Parser {
  readonly #kind: DocumentKind;
  readonly #text: string;
  readonly #warnings: Warning[] = [];
  readonly #strict: StrictDocument;

  constructor(bytes: Uint8Array, kind: DocumentKind) {
    this.#kind = kind;
    if (bytes.length > MOST_BYTES)
      throw new SettingsError('too-large', `it has ${bytes.length} bytes, more than ${MOST_BYTES}`);
    const body = BOM.every((byte, at) => bytes[at] === byte) ? bytes.subarray(3) : bytes;
    this.#text = new TextDecoder('utf-8').decode(body);
    try {
      this.#strict = readStrictJson(body, {
        most: MOST_BYTES,
        deepest: DEEPEST,
        nulls: 'kept',
        positions: true,
      });
    } catch (cause) {
      if (!(cause instanceof JsonError)) throw cause;
      throw new SettingsError('not-json', cause.message, this.#placeAt(cause.offset), { cause });
    }
  }

  document(): SettingsDocument {
    const root = this.#object(this.#strict.value, []);
    const groups = new Set(
      settingNames.filter((name) => name.includes('.')).map((name) => name.split('.')[0]),
    );
    const entries: Partial<Record<SettingName, Entry>> = {};
    const spoken = this.#identity(root);
    for (const [key, value] of Object.entries(root)) {
      if (key === '$schema') continue; // an editor's
      if (key === 'configurationFileVersion') this.#check(version, value, [key], 'only version 2 is known');
      else if (Object.hasOwn(identity, key)) continue;
      else if (groups.has(key)) {
        for (const [inner, each] of Object.entries(this.#object(value, [key])))
          this.#entry(entries, `${key}.${inner}`, each, [key, inner]);
      } else if (key.includes('.') && Object.hasOwn(settings, key)) this.#ungrouped(key);
      else this.#entry(entries, key, value, [key]);
    }
    return {
      ...(spoken && { identity: spoken }),
      entries: entries as SettingsDocument['entries'],
      warnings: this.#warnings,
    };
  }

  #identity(root: Readonly<Record<string, unknown>>): Identity | undefined {
    const present = Object.keys(identity).filter((key) => Object.hasOwn(root, key));
    if (this.#kind === 'user') {
      const [first] = present;
      if (first !== undefined)
        throw this.#error('not-for-users', `a user's document has no ${first}`, [first]);
      return undefined;
    }
    for (const key of ['organization', 'serial'])
      if (!present.includes(key))
        throw new SettingsError('no-identity', `it has no ${key}`, this.#placeAt(0));
    const pairs = present.map((key) => [
      key,
      this.#check<unknown>(identity[key as keyof typeof identity], root[key], [key]),
    ]);
    return Object.fromEntries(pairs) as Identity;
  }

  #entry(entries: Partial<Record<SettingName, Entry>>, key: string, value: unknown, path: string[]): void {
    if (!Object.hasOwn(settings, key)) {
      const meant = nearest(key, settingNames);
      const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
      this.#warnings.push({
        message: `${printable(key)} is not known and has no effect${hint}`,
        place: this.#place(path),
      });
      return;
    }
    const name = key as SettingName;
    const setting: Setting = settings[name];
    entries[name] =
      setting.form === 'bare'
        ? ({ value: this.#value(setting, value, path), locked: this.#kind === 'admin' } as Entry)
        : this.#lockable(setting, value, path);
  }

  /** One way to write a setting: two that differ would leave open which one counts. */
  #ungrouped(key: string): void {
    const [group, inner] = key.split('.');
    this.#warnings.push({
      message: `${key} is not known and has no effect; write it as {"${group}": {"${inner}": …}}`,
      place: this.#place([key]),
    });
  }

  #lockable(setting: Setting, value: unknown, path: string[]): Entry {
    const { locked, ...rest } = this.#object(value, path);
    if (locked === undefined && this.#kind === 'admin')
      throw this.#error('lock-missing', `${path.join('.')} does not say whether it is locked`, path);
    if (locked !== undefined && typeof locked !== 'boolean')
      throw this.#error('wrong-value', `locked is true or false`, [...path, 'locked']);
    if (locked === true && this.#kind === 'user')
      throw this.#error('not-for-users', 'only a document that an administrator has signed locks', [
        ...path,
        'locked',
      ]);
    if (Object.keys(rest).length === 0 && setting.effect !== 'not-applicable')
      throw this.#error('value-missing', `${path.join('.')} has no value`, path);
    if (setting.form === 'fields')
      return { value: this.#value(setting, rest, path), locked: locked ?? false } as Entry;
    if (!Object.hasOwn(rest, 'value'))
      throw this.#error('value-missing', `${path.join('.')} has no value`, path);
    for (const extra of Object.keys(rest).filter((key) => key !== 'value')) this.#unknown([...path, extra]);
    return { value: this.#value(setting, rest.value, [...path, 'value']), locked: locked ?? false } as Entry;
  }

  #value({ schema }: Setting, value: unknown, path: string[]): unknown {
    for (const inner of unknownMembers(schema, value)) this.#unknown([...path, ...inner]);
    return this.#check(schema, value, path);
  }

  #unknown(path: string[]): void {
    this.#warnings.push({
      message: `${printable(path.join('.'))} is not known and has no effect`,
      place: this.#place(path),
    });
  }

  #check<T>(schema: z.ZodMiniType<T>, value: unknown, path: string[], sentence?: string): T {
    const read = schema.safeParse(value);
    if (read.success) return read.data;
    const [issue] = read.error.issues;
    const where = [...path, ...(issue?.path ?? []).map(String)];
    const words = read.error.issues.map(({ message }) => message).join('; ');
    throw this.#error('wrong-value', sentence ?? words, where, read.error);
  }

  #object(value: unknown, path: string[]): Record<string, unknown> {
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
    throw this.#error('wrong-value', `${path.join('.') || 'a settings document'} is an object`, path);
  }

  #error(code: SettingsErrorCode, message: string, path: string[], cause?: unknown): SettingsError {
    return new SettingsError(code, message, this.#place(path), cause === undefined ? {} : { cause });
  }

  /** Of a value, or of the innermost around it that is there. */
  #place(path: readonly string[]): Place {
    for (let length = path.length; length >= 0; length -= 1) {
      const pointer = path.slice(0, length).reduce(member, '');
      const offset = this.#strict.positions.get(pointer);
      if (offset !== undefined)
        return { ...this.#placeAt(offset), ...(path.length > 0 && { key: path.join('.') }) };
    }
    return this.#placeAt(0);
  }

  #placeAt(offset: number): Place {
    const before = this.#text.slice(0, offset);
    return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
  }
}
