import { expect, test } from 'vitest';
import { buildStep, decide, documentOf, type Json, plain, privileged, refusalOf } from './fixtures.ts';
import { readSpec } from './spec.ts';

test('a privileged container is cut down without a word', () => {
  const spec = privileged();
  const plan = decide(spec);
  const nodes = plan.operations.filter((operation) => operation.do === 'device').map(({ path }) => path);
  expect(nodes).toEqual(['null', 'zero', 'full', 'random', 'urandom', 'tty', 'fuse']);
  expect(documentOf(decide(privileged(), { policy: { devices: [] } })).linux.devices).toEqual([]);
});

test('systemd gets a writable cgroup and its own /run, above what is mounted there', () => {
  const spec = plain();
  spec.process.args = ['/sbin/init'];
  const { process, mounts } = documentOf(decide(spec));
  expect(process.env).toContain('container=docker');
  expect(mounts.slice(0, 2).map(({ destination }: Json) => destination)).toEqual(['/run', '/run/lock']);
  expect(mounts.find(({ type }: Json) => type === 'cgroup').options).toEqual([
    'rw',
    'nosuid',
    'noexec',
    'nodev',
  ]);
  expect(documentOf(decide(plain())).mounts.find(({ type }: Json) => type === 'cgroup').options).toContain(
    'ro',
  );
});

test('systemd keeps the /run that was asked for', () => {
  const spec = plain();
  spec.process.args = ['/lib/systemd/systemd'];
  spec.process.env.push('container=podman');
  spec.mounts.unshift({ destination: '/run/', type: 'tmpfs', source: 'tmpfs', options: ['size=1m'] });
  const { process, mounts } = documentOf(decide(spec));
  expect(process.env).not.toContain('container=docker');
  expect(mounts.slice(0, 2)).toMatchObject([
    { destination: '/run', options: ['size=1m'] },
    { destination: '/run/lock' },
  ]);
});

test('managed plugins are a matter of policy', () => {
  const request = { stateRoot: '/run/docker/runtime-runc/plugins.moby' };
  expect(refusalOf(() => decide(plain(), { request }))).toContain('[rule plugins; setting bulkhead.plugins,');
  expect(decide(plain(), { request, policy: { plugins: true } }).base).toBe(100_000);
});

test('what only BuildKit writes is only accepted from it', () => {
  const spec = buildStep();
  expect(decide(spec).operations.length).toBeGreaterThan(0);
  expect(refusalOf(() => decide(spec, { request: { bundle: '/run/containerd/x' } }))).toContain(
    'restricted host mount',
  );
});

test('numbers of 64 bits reach crun unchanged', () => {
  const text = JSON.stringify(plain()).replace(
    '"oomScoreAdj"',
    '"rlimits":[{"type":"RLIMIT_MEMLOCK","soft":18446744073709551615,"hard":18446744073709551615}],"oomScoreAdj"',
  );
  const spec = readSpec(Buffer.from(text));
  expect(spec.process.rlimits?.[0]?.hard).toBe(2n ** 64n - 1n);
});

test('a document with names of Object.prototype pollutes nothing', () => {
  const spec = readSpec(
    Buffer.from(
      JSON.stringify(plain()).replace(
        '"hostname"',
        '"constructor":{"prototype":{"a":1}},"toString":1,"hostname"',
      ),
    ),
  );
  expect(({} as Json).a).toBeUndefined();
  expect(Object.hasOwn(spec, 'constructor')).toBe(false);
});
