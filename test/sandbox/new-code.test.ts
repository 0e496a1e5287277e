import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Compiled } from './compile.ts';
import { node } from './sandbox.ts';

const compiled = new Compiled();
const program = join(compiled.folder, 'new-code.mjs');
let library: string;
beforeAll(() => {
  library = compiled.buildShared(join(import.meta.dirname, 'new-code.c'));
  const entryPoints = [join(import.meta.dirname, 'new-code.ts')];
  // Node takes types out with WebAssembly, which would be a compiler
  buildSync({ entryPoints, outfile: program, bundle: true, platform: 'node', format: 'esm' });
});
afterAll(() => compiled.remove());

const run = (...flags: string[]) =>
  spawnSync(node, [...flags, '--experimental-ffi', '--no-warnings', program, library], { encoding: 'utf8' });

test('refuseNewCode() is for good and for one process; Node without its compiler works under it', () => {
  const { stdout, stderr } = run('--jitless');
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual({
    before: { later: true, atOnce: true, had: true }, // the control
    after: { later: false, atOnce: false, had: false },
    works: { sum: 499_999_500_000, thread: 42, sha256: '2d711642' },
    child: '42',
  });
});

test('the control: with its compiler it cannot go on', () => {
  const { stdout, signal } = run();
  expect(stdout).toBe('');
  expect(signal).not.toBeNull();
});
