import { JsonError, readStrictJson } from '../../../policy/json/strict.ts';
import { Refused } from './refusal.ts';

/** Containers' files nest 6 deep. */
const DEEPEST = 32;

/**
 * A container's file, by the strict reader. A member that is null is as good as absent, as in Go.
 * @param most bytes @throws Refused (document)
 */
export function readJson(bytes: Uint8Array, most: number): unknown {
  try {
    return readStrictJson(bytes, { most, deepest: DEEPEST, nulls: 'absent' }).value;
  } catch (cause) {
    if (!(cause instanceof JsonError)) throw cause;
    const place = cause.offset > 0 ? ` (at ${cause.offset})` : '';
    throw new Refused('document', `the container's file cannot be read: ${cause.message}${place}`, { cause });
  }
}

/** The opposite of `readJson`. */
export function writeJson(value: unknown): string {
  const plain = withoutBigints(value);
  if (plain !== undefined) return plain;
  // No string has a NUL (readJson), so this mark cannot be forged.
  const text = JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? `\0${each}` : each));
  return text.replace(/"\\u0000(-?\d+)"/g, '$1');
}

/** Most files have none, and a replacer is slow. @returns undefined where there is one */
function withoutBigints(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof TypeError) return undefined; // 'Do not know how to serialize a BigInt'
    throw error;
  }
}
