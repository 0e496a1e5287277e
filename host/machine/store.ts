import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import type * as z from '../../policy/zod.ts';
import { HostError, hasSystemCode } from '../errors.ts';

/** Reads a small JSON file of ours; undefined when it is not there. @throws {HostError} `state-damaged` */
export async function loadJson<T>(path: string, schema: z.ZodMiniType<T>): Promise<T | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (hasSystemCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new HostError('state-damaged', `${path} does not hold what bulkhead wrote there`, { cause: error });
  }
}

/** Replaces the file in one step: a reader sees the old text or the new one. */
export async function saveJson(path: string, value: unknown): Promise<void> {
  await saveText(path, `${JSON.stringify(value, undefined, 2)}\n`);
}

export async function saveText(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, text, { mode: 0o600 });
  await rename(draft, path);
}
