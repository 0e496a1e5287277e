import { beforeAll, expect, test } from 'vitest';
import { type Found, Prober } from '../harness/probes.ts';
import { share } from '../harness/share.ts';

const vm = share('shared');
const memory = 64 * 2 ** 20;
let limited: Found;

beforeAll(async () => {
  const prober = await Prober.open(await vm.engine());
  const script = `
try caps grep CapEff /proc/self/status
try total grep MemTotal /proc/meminfo
try cpus cat /sys/devices/system/cpu/online
try cpuinfo grep -c ^processor /proc/cpuinfo
try uptime cat /proc/uptime
for file in /proc/meminfo /proc/cpuinfo /proc/stat /proc/loadavg; do
  try write-$file put $file 1
  try remount-$file attempt remount $file rw
  try again-$file put $file 1
done
try same grep MemTotal /proc/meminfo
try above ls /proc/meminfo/..
try max cat /sys/fs/cgroup/memory.max
try processes cat /sys/fs/cgroup/pids.max
try cgroup attempt remount /sys/fs/cgroup rw
for file in memory.max pids.max cgroup.procs cgroup.subtree_control; do
  try limit-$file put /sys/fs/cgroup/$file 0
done
`;
  const capabilities = { CapDrop: ['ALL'], CapAdd: ['SYS_ADMIN', 'NET_BIND_SERVICE'] };
  limited = await prober.run(script, {
    host: { Memory: memory, PidsLimit: 50, CpusetCpus: '0', ...capabilities },
  });
});

test('/proc and /sys show the limits and clocks of the container', () => {
  expect(limited.total).toMatch(/^MemTotal: +65536 kB$/);
  expect(limited.cpus).toBe('0');
  expect(limited.cpuinfo).toBe('1');
  expect(Number.parseFloat(limited.uptime ?? '')).toBeLessThan(60);
  expect(limited.max).toBe(String(memory));
  expect(limited.processes).toBe('50');
});

test('--cap-drop ALL with --cap-add leaves what was added', () => {
  expect(limited.caps).toBe('CapEff:\t0000000000200400');
});

test('the files that show limits cannot be written, even with SYS_ADMIN, nor be left upwards', () => {
  for (const [name, value] of Object.entries(limited)) {
    if (name.startsWith('write-')) expect(`${name}: ${value}`).toMatch(/Read-only|denied|not permitted/);
    // the mount is the container's own to change; lxcfs then says no
    if (name.startsWith('again-'))
      expect(`${name}: ${value}`).toMatch(/Read-only|denied|not permitted|Invalid/);
  }
  expect(limited.same).toBe(limited.total);
  expect(limited.above).toContain('Not a directory');
});

test('limits cannot be raised from inside', () => {
  for (const file of ['memory.max', 'pids.max', 'cgroup.subtree_control'])
    expect(limited[`limit-${file}`]).toMatch(/Read-only|denied|not permitted|Invalid/);
});
