import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Digests, digestOf } from '../digest.ts';
import { run } from '../run.ts';

const FLAGS = [
  '-std=c11',
  '-O2',
  '-static',
  '-s',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-D_GNU_SOURCE',
  '-fstack-protector-strong',
];

/**
 * Compiles a static program, unless `cache` holds it.
 * @param source its one C file, or the folder of its C files and headers
 * @param more flags of the compiler @returns its path
 */
export async function compile(source: string, cache: string, more: readonly string[] = []): Promise<string> {
  const files = source.endsWith('.c') ? [source] : sourcesIn(source);
  const key = digestOf(
    JSON.stringify([[...FLAGS, ...more], ...files.map((file) => readFileSync(file, 'utf8'))]),
  );
  const units = files.filter((file) => file.endsWith('.c'));
  return once(join(cache, 'native', key), (path) =>
    run('musl-gcc', [...FLAGS, ...more, '-o', path, ...units]),
  );
}

function sourcesIn(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => /\.[ch]$/.test(name));
  return names.sort().map((name) => join(folder, name));
}

/** A program without symbols, unless `cache` holds it. @returns its path */
export async function strip(program: string, cache: string, digests: Digests): Promise<string> {
  return once(join(cache, 'stripped', await digests.of(program)), (path) =>
    run('strip', ['-o', path, program]),
  );
}

async function once(path: string, make: (path: string) => Promise<unknown>): Promise<string> {
  if (existsSync(path)) return path;
  await mkdir(dirname(path), { recursive: true });
  const partial = `${path}.${process.pid}.part`;
  await make(partial);
  await rename(partial, path);
  return path;
}
