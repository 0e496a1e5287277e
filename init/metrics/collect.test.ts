import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { metricFamily, type Status } from '../../services/channel/protocol/methods.ts';
import { collectMetrics } from './collect.ts';

const status: Status = {
  ...{ version: '1', bootId: 'b', kernel: 'k', state: 'ready', signing: 'release', uptime: 5000 },
  phases: [
    { name: 'network', state: 'done', duration: 1500 },
    { name: 'probe', state: 'skipped' },
  ],
  services: [{ name: 'dockerd', state: 'ready', since: 1, restarts: 2 }],
};

test('reads what the kernel says; what is not there is left out', () => {
  const root = mkdtempSync(join(tmpdir(), 'bh-metrics-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const files = {
    '/sys/fs/cgroup/bulkhead/dockerd/memory.current': '1048576\n',
    '/sys/fs/cgroup/bulkhead/dockerd/cpu.stat': 'usage_usec 2500000\nuser_usec 1\n',
    '/sys/fs/cgroup/bulkhead/dockerd/memory.events': 'low 0\noom 1\noom_kill 3\noom_group_kill 0\n',
    '/sys/fs/cgroup/bulkhead/dockerd/pids.current': 'nonsense',
    '/proc/1/status': 'Name:\tnode\nVmRSS:\t   51200 kB\nRssAnon:\t   12288 kB\n',
    '/proc/meminfo': 'MemTotal:        2000000 kB\nMemAvailable:    1500000 kB\n',
    '/proc/pressure/cpu': 'some avg10=0.00 avg60=0.00 avg300=0.00 total=1500000\n',
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const machine = { log: { dropped: 4 }, events: { dropped: 0 } } as Parameters<typeof collectMetrics>[0];
  const families = collectMetrics(machine, status, root);
  for (const family of families) metricFamily.parse(family);
  const value = (name: string) =>
    families.find((family) => family.name === `bulkhead_${name}`)?.samples.map((sample) => sample.value);
  expect(value('service_memory_bytes')).toEqual([2 ** 20]);
  expect(value('service_cpu_seconds_total')).toEqual([2.5]);
  expect(value('service_oom_kills_total')).toEqual([3]);
  expect(value('service_processes')).toBeUndefined();
  expect(value('service_restarts_total')).toEqual([2]);
  expect(value('init_resident_bytes')).toEqual([50 * 2 ** 20]);
  expect(value('init_anonymous_bytes')).toEqual([12 * 2 ** 20]);
  expect(value('pressure_seconds_total')).toEqual([1.5]);
  expect(value('phase_seconds')).toEqual([1.5]);
  expect(value('ready_seconds')).toBeUndefined();
  expect(value('log_dropped_total')).toEqual([4]);
});
