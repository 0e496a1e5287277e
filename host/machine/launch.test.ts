import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeDirectories } from './directories.ts';
import { launchQemu } from './launch.ts';
import { isolatedEnvironment, type MachinePaths, machinePaths } from './paths.ts';
import { isAlive } from './process.ts';
import { runningRecord } from './record.ts';
import { stopMachine } from './stop.ts';

let folder: string;
let paths: MachinePaths;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bh-launch-'));
  paths = machinePaths('bulkhead', isolatedEnvironment(folder));
  await makeDirectories(paths);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** Another program of QEMU's name: what is tested is what we do about its behaviour. */
function install(script: string): void {
  writeFileSync(join(folder, 'qemu-system-x86_64'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  vi.stubEnv('PATH', `${folder}:${process.env.PATH}`);
}

function launch() {
  const files = {
    kernel: '/k',
    initramfs: '/i',
    root: '/r',
    dataDisk: '/d',
    stateDisk: '/s',
    image: '/dist',
  };
  const size = { memory: 64, cpus: 1, port: 2376, accelerator: 'tcg' as const };
  return launchQemu({ name: 'bulkhead', commandLine: '', ...files, ...size, paths });
}

describe('launchQemu()', () => {
  it('says that QEMU is not installed', async () => {
    vi.stubEnv('PATH', folder);
    await expect(launch()).rejects.toMatchObject({ code: 'tool-missing' });
  });

  it('says what QEMU complained about', async () => {
    install('echo "Could not set up host forwarding rule" >&2; exit 1');
    await expect(launch()).rejects.toMatchObject({
      code: 'port-taken',
      log: ['Could not set up host forwarding rule'],
    });
    expect(await runningRecord(paths)).toBeUndefined();
  });

  it('keeps a record by which the VM is found and stopped, the last resort included', async () => {
    install(`touch ${paths.control} ${paths.qmp} ${paths.pidFile}; exec sleep 60`);
    const qemu = await launch();
    expect(await runningRecord(paths)).toMatchObject({ pid: qemu.pid, port: 2376 });
    const said: string[] = [];
    const { stopped } = await stopMachine({
      env: isolatedEnvironment(folder),
      onProgress: ({ text }) => said.push(text),
    });
    expect(stopped).toBe('killed');
    expect(said.join('\n')).toMatch(/power button[\s\S]*ending QEMU[\s\S]*killing it/);
    expect(isAlive(qemu)).toBe(false);
    expect(existsSync(paths.record)).toBe(false);
    expect(await stopMachine({ env: isolatedEnvironment(folder) })).toEqual({ stopped: 'not-running' });
  });
});
