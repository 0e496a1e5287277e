import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findEmulatorFault, findPanic } from './console.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bh-console-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const paths = () => ({ console: join(folder, 'console.log'), events: join(folder, 'events') });
const PANIC = '[    1.2] Kernel panic - not syncing: Attempted to kill init!\n[    1.3] ---[ end\n';
const INT3 = '[   12.5] Oops: int3: 0000 [#1] SMP NOPTI\n';

it('findPanic() finds its reason', async () => {
  expect(await findPanic(paths())).toBeUndefined();
  writeFileSync(paths().console, '[    1.1] Run /init as init process\n');
  expect(await findPanic(paths())).toBeUndefined();
  writeFileSync(paths().console, PANIC);
  expect(await findPanic(paths())).toBe('Attempted to kill init!');
});

it.each([
  ['a panic before anything of the VM ran', PANIC, '', 'before the VM had begun'],
  ['one in code that is patched', INT3 + PANIC, 'events', 'while it patched its code'],
  ['one of the VM itself', PANIC, 'events', undefined],
])('findEmulatorFault(): %s', async (_, console, events, fault) => {
  writeFileSync(paths().console, console);
  writeFileSync(paths().events, events);
  const found = await findEmulatorFault(paths());
  if (fault === undefined) expect(found).toBeUndefined();
  else expect(found).toContain(fault);
});
