import { existsSync, readFileSync, statfsSync } from 'node:fs';
import type { MetricFamily, Status } from '../../services/channel/protocol/methods.ts';
import { cgroupGone, ifThere } from '../../services/if-there.ts';
import type { Machine } from '../machine.ts';
import { STATE_FOLDER } from '../state/store.ts';
import { readKeyed, readPressure } from './readings.ts';

type Sample = MetricFamily['samples'][number];

const CGROUPS = '/sys/fs/cgroup/bulkhead';
/** Not there, a control group that goes, or a kernel without that (PSI may be off: EOPNOTSUPP). */
const missing = [...cgroupGone, 'EOPNOTSUPP', 'ENOTSUP'];

/** All that the VM measures of itself; a family without samples is left out. Reads kernel files, changes nothing. */
export function collectMetrics(
  { log, events }: Pick<Machine, 'log' | 'events'>,
  status: Status,
  root = '',
): MetricFamily[] {
  const read = (path: string) => readIfThere(`${root}${path}`);
  const { services, phases } = status;
  const each = (value: (name: string) => number | undefined): Sample[] =>
    services.flatMap(({ name }) => sample({ service: name }, value(name)));
  const cgroup = (name: string, file: string) => read(`${CGROUPS}/${name}/${file}`);
  const init = readKeyed(read('/proc/1/status'));
  const memory = readKeyed(read('/proc/meminfo'));
  const families: MetricFamily[] = [
    gauge('uptime_seconds', 'Since the kernel started.', sample({}, status.uptime / 1000)),
    gauge(
      'ready_seconds',
      'From the start of the kernel to ready.',
      sample({}, status.readyAt === undefined ? undefined : status.readyAt / 1000),
    ),
    gauge('state', 'What the VM as a whole is doing.', sample({ state: status.state }, 1)),
    gauge(
      'phase_seconds',
      'Duration of a phase of the boot.',
      phases.flatMap(({ name, duration }) =>
        sample({ phase: name }, duration === undefined ? undefined : duration / 1000),
      ),
    ),
    gauge(
      'service_ready',
      'Whether a service is ready.',
      services.flatMap(({ name, state }) => sample({ service: name }, state === 'ready' ? 1 : 0)),
    ),
    counter(
      'service_restarts_total',
      'Times a service was started again after it had ended by itself.',
      services.flatMap(({ name, restarts }) => sample({ service: name }, restarts)),
    ),
    gauge(
      'service_memory_bytes',
      'Memory of the control group of a service, page cache included.',
      each((name) => numberOf(cgroup(name, 'memory.current'))),
    ),
    counter(
      'service_cpu_seconds_total',
      'CPU time of the control group of a service.',
      each((name) => scaled(readKeyed(cgroup(name, 'cpu.stat')).get('usage_usec'), 1e-6)),
    ),
    gauge(
      'service_processes',
      'Processes and threads of the control group of a service.',
      each((name) => numberOf(cgroup(name, 'pids.current'))),
    ),
    counter(
      'service_oom_kills_total',
      'Processes of a service that the kernel killed for want of memory.',
      each((name) => readKeyed(cgroup(name, 'memory.events')).get('oom_kill')),
    ),
    gauge('init_resident_bytes', 'Resident memory of PID 1.', sample({}, init.get('VmRSS'))),
    gauge('init_anonymous_bytes', 'Anonymous resident memory of PID 1.', sample({}, init.get('RssAnon'))),
    gauge('memory_total_bytes', 'Memory of the VM.', sample({}, memory.get('MemTotal'))),
    gauge('memory_available_bytes', 'What could be used of it.', sample({}, memory.get('MemAvailable'))),
    counter(
      'pressure_seconds_total',
      'Time in which some or all tasks waited for a resource (PSI).',
      ['cpu', 'io', 'memory'].flatMap((resource) =>
        [...readPressure(read(`/proc/pressure/${resource}`))].flatMap(([kind, seconds]) =>
          sample({ resource, kind }, seconds),
        ),
      ),
    ),
    ...disks(root),
    counter('log_dropped_total', 'Log entries that fell out of memory.', sample({}, log.dropped)),
    counter('events_dropped_total', 'Events that the host did not read in time.', sample({}, events.dropped)),
  ];
  return families.filter(({ samples }) => samples.length > 0);
}

function disks(root: string): MetricFamily[] {
  const sizes = [
    ['data', '/var/lib'],
    ['state', STATE_FOLDER],
  ].flatMap(([disk = '', path = '']) => {
    const mount = `${root}${path}`;
    if (!existsSync(mount)) return [];
    const { bsize, blocks, bavail } = statfsSync(mount);
    return { disk, size: blocks * bsize, free: bavail * bsize };
  });
  return [
    gauge(
      'disk_size_bytes',
      'Size of a file system.',
      sizes.flatMap(({ disk, size }) => sample({ disk }, size)),
    ),
    gauge(
      'disk_free_bytes',
      'What is free of it.',
      sizes.flatMap(({ disk, free }) => sample({ disk }, free)),
    ),
  ];
}

function gauge(name: string, help: string, samples: Sample[]): MetricFamily {
  return { name: `bulkhead_${name}`, type: 'gauge', help, samples };
}

function counter(name: string, help: string, samples: Sample[]): MetricFamily {
  return { name: `bulkhead_${name}`, type: 'counter', help, samples };
}

function sample(labels: Record<string, string>, value: number | undefined): Sample[] {
  return value === undefined || !Number.isFinite(value) ? [] : [{ labels, value }];
}

function numberOf(text: string): number | undefined {
  return /^\d+\n?$/.test(text) ? Number(text) : undefined;
}

function scaled(value: number | undefined, factor: number): number | undefined {
  return value === undefined ? undefined : value * factor;
}

function readIfThere(path: string): string {
  return ifThere(() => readFileSync(path, 'utf8'), missing) ?? '';
}
