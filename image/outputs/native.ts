import { existsSync, readFileSync } from 'node:fs';
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

/** Compiles a static program of one C file, unless `cache` holds it. @returns its path */
export async function compile(source: string, cache: string): Promise<string> {
  const key = digestOf(JSON.stringify([FLAGS, readFileSync(source, 'utf8')]));
  return once(join(cache, 'native', key), (path) => run('musl-gcc', [...FLAGS, '-o', path, source]));
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
