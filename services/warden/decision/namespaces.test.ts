import { expect, test } from 'vitest';
import type { Fact, NamespaceOwner } from '../messages.ts';
import { decide, documentOf, type Json, opened, plain, refusalOf } from './fixtures.ts';

const NETWORK = '/proc/900/ns/net';
const PID = '/proc/900/ns/pid';
const map = (base: number | string) => `         0     ${base}      65536\n`;
const owner = (change: Partial<NamespaceOwner> = {}): Fact => ({
  ...opened('net:[4026532500]', '', 0o100444),
  owner: { vm: false, child: true, uidMap: map(231_072), gidMap: map(231_072), ...change },
});
const without = (spec: Json, ...types: string[]) => {
  spec.linux.namespaces = spec.linux.namespaces.filter(({ type }: Json) => !types.includes(type));
};
const join = (spec: Json, type: string, path: string) => {
  without(spec, type);
  spec.linux.namespaces.push({ type, path });
};

const because = '(because they use the linux user-namespace for isolation)';
const start = 'invalid or unsupported container spec: bulkhead containers ';
const network = `${start}can't share a network namespace with the host ${because}`;
const host = (types: string) => `${start}can't share namespaces [${types}] with the host ${because}`;
const no = `${start}can't join the network namespace at ${NETWORK}: it is no container's`;

test.each<[string, (spec: Json) => void, Fact | undefined, string]>([
  ['--pid=host', (spec) => without(spec, 'pid'), undefined, host('pid')],
  ['--ipc=host --uts=host', (spec) => without(spec, 'ipc', 'uts'), undefined, host('ipc uts')],
  ['no network', (spec) => without(spec, 'network'), undefined, network],
  ['--network=host', (spec) => join(spec, 'network', NETWORK), owner({ vm: true }), network],
  ["the VM's pid namespace by path", (spec) => join(spec, 'pid', PID), owner({ vm: true }), host('pid')],
  ['nobody known', (spec) => join(spec, 'network', NETWORK), opened('x', ''), no],
  ['a nested one', (spec) => join(spec, 'network', NETWORK), owner({ child: false }), no],
  [
    'another base',
    (spec) => join(spec, 'network', NETWORK),
    owner({ uidMap: map(100_001), gidMap: map(100_001) }),
    no,
  ],
  ['gids of another', (spec) => join(spec, 'network', NETWORK), owner({ gidMap: map(100_000) }), no],
  ['two lines', (spec) => join(spec, 'network', NETWORK), owner({ uidMap: map(231_072).repeat(2) }), no],
  ["root's range", (spec) => join(spec, 'network', NETWORK), owner({ uidMap: map(0), gidMap: map(0) }), no],
  [
    'hexadecimal',
    (spec) => join(spec, 'network', NETWORK),
    owner({ uidMap: map('0x38d60'), gidMap: map('0x38d60') }),
    no,
  ],
  [
    'gone',
    (spec) => join(spec, 'network', NETWORK),
    { opened: false, errno: 2 },
    `there is no namespace at ${NETWORK}`,
  ],
  [
    'uts by path',
    (spec) => join(spec, 'uts', NETWORK),
    owner(),
    `${start}can't join a uts namespace: ${NETWORK}`,
  ],
  [
    'user by path',
    (spec) => join(spec, 'user', NETWORK),
    owner(),
    `${start}can't join a user namespace: ${NETWORK}`,
  ],
  [
    'twice',
    (spec) => spec.linux.namespaces.push({ type: 'pid' }),
    undefined,
    `${start}can't have a namespace pid (unknown or twice)`,
  ],
  [
    'unknown',
    (spec) => spec.linux.namespaces.push({ type: 'x' }),
    undefined,
    `${start}can't have a namespace x (unknown or twice)`,
  ],
])('namespaces are refused: %s', (_, change, fact, sentence) => {
  const spec = plain();
  change(spec);
  const facts = fact === undefined ? {} : { [NETWORK]: fact, [PID]: fact };
  expect(refusalOf(() => decide(spec, { facts }))).toBe(
    `${sentence} [rule namespaces; setting enhancedContainerIsolation, built in, not locked]`,
  );
});

test.each([
  ['--cgroupns=host', 'cgroup'],
  ['--userns=host', 'user'],
])('%s makes a new one all the same', (_, type) => {
  const spec = plain();
  without(spec, type);
  expect(documentOf(decide(spec)).linux.namespaces).toContainEqual({ type });
});

test('--network=container:x joins the user namespace of x, with its range', () => {
  const spec = plain();
  join(spec, 'network', NETWORK);
  delete spec.linux.sysctl;
  const plan = decide(spec, { facts: { [NETWORK]: owner() } });
  const { linux } = documentOf(plan);
  const item = 4; // root, three binds
  expect(plan.base).toBe(231_072);
  expect(plan.operations.filter((operation) => operation.do === 'join')).toEqual([{ do: 'join', item }]);
  expect(linux.namespaces).toContainEqual({ type: 'user', path: `/proc/self/fd/${4000 + item}` });
  expect(linux.namespaces).toContainEqual({ type: 'network', path: `/proc/self/fd/${2000 + item}` });
  expect(linux.uidMappings).toEqual([{ containerID: 0, hostID: 231_072, size: 65_536 }]);
  expect(linux.namespaces).toContainEqual({ type: 'time', path: '/proc/self/fd/1901' });
});

test('--pid=container:x joins the pid namespace and has a time namespace of its own', () => {
  const spec = plain();
  join(spec, 'pid', PID);
  const plan = decide(spec, { facts: { [PID]: owner() } });
  const { namespaces } = documentOf(plan).linux;
  expect(namespaces.find(({ type }: Json) => type === 'pid').path).toMatch(/^\/proc\/self\/fd\//);
  expect(plan.operations).toContainEqual({ do: 'time' });
});

test('namespaces of two containers cannot be joined', () => {
  const spec = plain();
  join(spec, 'network', NETWORK);
  join(spec, 'pid', PID);
  const other = owner({ uidMap: map(296_608), gidMap: map(296_608) });
  expect(refusalOf(() => decide(spec, { facts: { [NETWORK]: owner(), [PID]: other } }))).toContain(
    'different containers',
  );
});

test.each([[99_999], [100_001], [0], [2 ** 32]])('%d is no first id of a range', (base) => {
  expect(() => decide(plain(), { base })).toThrow('no first id');
});
