import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import type { MachinePaths } from '../machine/paths.ts';
import { identifyProcess } from '../machine/process.ts';
import type { FakeGuest } from './fake-guest.ts';

/** For tests: a record as of a VM that runs, this process, with `guest` on its channel. */
export function pretendToRun(paths: MachinePaths, guest: FakeGuest): void {
  for (const each of [paths.runtime, paths.data]) mkdirSync(each, { recursive: true });
  symlinkSync(guest.path, paths.control);
  const size = { port: 2400, memory: 2048, cpus: 2, image: 'dist', accelerator: 'tcg' };
  const record = { name: 'bulkhead', ...identifyProcess(process.pid), ...size, startedAt: 'now' };
  writeFileSync(paths.record, JSON.stringify(record));
}
