import type { OpenVm } from '../harness/open-vm.ts';

const MIB = 1024; // /proc counts in KiB

/** MiB of PID 1. */
export async function initMemory(vm: OpenVm): Promise<{ resident: number; anonymous: number }> {
  const { output } = await vm.shell('cat /proc/1/status');
  const value = (key: string) =>
    Math.round(Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(output)?.[1]) / MIB);
  return { resident: value('VmRSS'), anonymous: value('RssAnon') };
}

/** MiB, proportional set size (proc_pid_smaps(5)), of PID 1 and each of our own services, and of all of them. */
export async function memoryOf(vm: OpenVm): Promise<Record<string, number> & { together: number }> {
  const groups = [
    'init',
    ...['channel', 'warden', 'authorizer', 'sockets'].map((name) => `bulkhead/${name}`),
  ];
  const { output } = await vm.shell(
    `for g in ${groups.join(' ')}; do for p in $(cat /sys/fs/cgroup/$g/cgroup.procs); do
       echo $g $(awk '/^Pss:/ {print $2}' /proc/$p/smaps_rollup); done; done`,
  );
  const each: Record<string, number> = {};
  let together = 0;
  for (const line of output.trim().split('\n')) {
    const [group = '', kib = ''] = line.split(' ');
    const name = group.replace('bulkhead/', '');
    each[name] = Math.round((each[name] ?? 0) + Number(kib) / MIB);
    together += Number(kib) / MIB;
  }
  return { ...each, together: Math.round(together) };
}
