import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAuthority } from '../certificates/authority.ts';
import { isolatedEnvironment, machinePaths } from '../machine/paths.ts';
import { contextProblem, removeContext, writeContext } from './context.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bh-context-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function pathsOf(name: string) {
  return machinePaths(name, isolatedEnvironment(folder));
}

function docker(...args: string[]): string {
  const env = { ...process.env, ...isolatedEnvironment(folder), DOCKER_HOST: '', DOCKER_CONTEXT: '' };
  return execFileSync('docker', args, { encoding: 'utf8', env });
}

describe('writeContext()', () => {
  it.skipIf(spawnSync('docker', ['--version']).error)(
    'is read by the docker command, and does not become the current one',
    async () => {
      const authority = await openAuthority(join(folder, 'ca'), { name: 'demo' });
      await writeContext(pathsOf('demo'), 2400, authority);
      const [context] = JSON.parse(docker('context', 'inspect', 'bulkhead-demo'));
      expect(context.Endpoints.docker).toEqual({ Host: 'tcp://127.0.0.1:2400', SkipTLSVerify: false });
      expect(context.TLSMaterial.docker.sort()).toEqual(['ca.pem', 'cert.pem', 'key.pem']);
      expect(docker('context', 'show').trim()).toBe('default');
      await removeContext(pathsOf('demo'));
      expect(docker('context', 'ls', '-q').trim()).toBe('default');
    },
  );

  it('leaves a context of the same name alone that is not its own', async () => {
    const authority = await openAuthority(join(folder, 'ca'), { name: 'bulkhead' });
    const mine = pathsOf('bulkhead');
    const other = { ...mine, data: '/elsewhere' };
    await writeContext(other, 1, authority);
    await expect(writeContext(mine, 2, authority)).rejects.toMatchObject({ code: 'context-foreign' });
    await removeContext(mine);
    expect(await contextProblem(other, 1)).toBeUndefined();
    expect(await contextProblem(mine, 1)).toContain("not this VM's");
  });

  it('contextProblem() sees a context that leads elsewhere, or none', async () => {
    const authority = await openAuthority(join(folder, 'ca'), { name: 'bulkhead' });
    const paths = pathsOf('bulkhead');
    expect(await contextProblem(paths, 1)).toContain('no docker context');
    await writeContext(paths, 1, authority);
    expect(await contextProblem(paths, 1)).toBeUndefined();
    expect(await contextProblem(paths, 2)).toContain('tcp://127.0.0.1:1');
    await removeContext(paths);
    expect(existsSync(join(paths.dockerConfig, 'contexts', 'meta'))).toBe(true);
  });
});
