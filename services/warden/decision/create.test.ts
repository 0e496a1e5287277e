import { expect, test } from 'vitest';
import { buildStep, decide, documentOf, plain, privileged } from './fixtures.ts';

test('a plain docker run', () => {
  const plan = decide(plain());
  const { process, root, mounts, linux, hooks, annotations } = documentOf(plan);
  expect(plan.base).toBe(100_000);
  expect(plan.operations[0]).toEqual({ do: 'root', item: 0, set: 'i', clear: 'sdx' });
  expect(plan.operations.filter(({ do: what }) => what === 'slot')).toHaveLength(3 + 7);
  expect(plan.operations.filter(({ do: what }) => what === 'attach')).toHaveLength(0);
  expect(plan.operations.filter(({ do: what }) => what === 'device')).toHaveLength(6);
  expect(root).toEqual({ path: '/run/bulkhead/staging/root', readonly: false });
  expect(process.cwd).toBe('/');
  expect(annotations).toBeUndefined();
  expect(hooks.prestart[0].path).toBe('/run/bulkhead/libexec/dockerd');
  expect(linux.namespaces.map(({ type }: { type: string }) => type).sort()).toEqual([
    'cgroup',
    'ipc',
    'mount',
    'network',
    'pid',
    'time',
    'user',
    'uts',
  ]);
  expect(linux.uidMappings).toEqual([{ containerID: 0, hostID: 100_000, size: 65_536 }]);
  expect(linux.gidMappings).toEqual(linux.uidMappings);
  expect(linux.resources.pids.limit).toBe(16_384);
  expect(linux.sysctl['net.ipv4.ping_group_range']).toBe('0 65535');
  expect(mounts.map(({ destination }: { destination: string }) => destination)).toContain('/proc/meminfo');
});

test('--privileged', () => {
  const plan = decide(privileged());
  const { linux } = documentOf(plan);
  expect(linux.devices.map(({ path }: { path: string }) => path)).toEqual(['/dev/fuse']);
  expect(linux.maskedPaths).toEqual([]);
  expect(linux.seccomp.defaultAction).toBe('SCMP_ACT_ALLOW');
});

test('RUN of a build', () => {
  const plan = decide(buildStep());
  expect(documentOf(plan).linux.cgroupsPath).toMatch(/^\/bulkhead\/containers\/docker\/buildkit\//);
});
