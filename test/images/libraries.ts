import { closeSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import { run } from '../../image/run.ts';

/**
 * What an ELF file is linked with, its loader among it: by readelf(1), since image/tree/elf.ts refuses the RUNPATH that
 * systemd has.
 */
export async function needs(path: string): Promise<string[]> {
  if (!isElf(path)) return [];
  const text = (await run('readelf', ['--wide', '--dynamic', '--program-headers', path])).toString('utf8');
  const interpreter = /program interpreter: (\S+)\]/.exec(text)?.[1];
  return [
    ...[...text.matchAll(/\(NEEDED\)\s+Shared library: \[(.+)\]/g)].map(([, soname]) => soname ?? ''),
    ...(interpreter === undefined ? [] : [basename(interpreter)]),
  ];
}

function isElf(path: string): boolean {
  const descriptor = openSync(path, 'r');
  try {
    const start = Buffer.alloc(4);
    readSync(descriptor, start, 0, 4, 0);
    return start.equals(Buffer.from('\x7fELF', 'latin1'));
  } finally {
    closeSync(descriptor);
  }
}
