/**
 * Changes that root of the VM makes and takes back, one for each section of test/attempts/oracle/script.ts: what the oracle
 * would not see here, it would not see of a container either.
 */
export const plantedChanges: readonly { section: string; make: string; undo: string }[] = [
  { section: 'mounts', make: 'mount -t tmpfs planted /mnt', undo: 'umount /mnt' },
  {
    section: 'sysctls',
    make: 'echo 61 > /proc/sys/vm/swappiness',
    undo: 'echo 60 > /proc/sys/vm/swappiness',
  },
  {
    section: 'sysfs',
    make: 'cat /sys/block/vda/queue/read_ahead_kb > /tmp/was; echo 32 > /sys/block/vda/queue/read_ahead_kb',
    undo: 'cat /tmp/was > /sys/block/vda/queue/read_ahead_kb; rm /tmp/was',
  },
  {
    section: 'processes',
    make: '/run/bulkhead/bin/xz < /dev/zero > /dev/null 2>&1 & echo $! > /run/bulkhead/staging/xz',
    undo: 'kill $(cat /run/bulkhead/staging/xz); rm /run/bulkhead/staging/xz',
  },
  { section: 'files', make: 'echo changed > /var/lib/canary/file', undo: 'echo kept > /var/lib/canary/file' },
  { section: 'files', make: 'chown 100000 /dev/null', undo: 'chown 0 /dev/null' },
  {
    section: 'sockets',
    make: 'nc -l -p 4444 > /dev/null 2>&1 & echo $! > /run/bulkhead/staging/nc',
    undo: 'kill $(cat /run/bulkhead/staging/nc); rm /run/bulkhead/staging/nc',
  },
  {
    section: 'firewall',
    make: '/run/bulkhead/bin/iptables -I INPUT -p icmp -j DROP',
    undo: '/run/bulkhead/bin/iptables -D INPUT -p icmp -j DROP',
  },
  {
    section: 'network',
    make: 'ip link add planted type dummy; ip addr add 192.0.2.1/32 dev planted',
    undo: 'ip link del planted',
  },
  {
    section: 'limits',
    make: 'cat /sys/fs/cgroup/bulkhead/channel/pids.max > /run/bulkhead/staging/was; echo 77 > /sys/fs/cgroup/bulkhead/channel/pids.max',
    undo: 'cat /run/bulkhead/staging/was > /sys/fs/cgroup/bulkhead/channel/pids.max; rm /run/bulkhead/staging/was',
  },
  // not so grave that it shows on the console, where it would fail the run; it stays in the log
  { section: 'kernel', make: 'echo "<6>BUG: planted" > /dev/kmsg', undo: '' },
  {
    section: 'bystander',
    make: 'echo changed > /proc/BYSTANDER/root/canary',
    undo: 'echo kept > /proc/BYSTANDER/root/canary',
  },
  // last, and looked at first: PID 1 sets it right within seconds (init/wake/)
  { section: 'clock', make: 'date -s "@$(($(date +%s) + 60))"', undo: '' },
];

/** All of them, as two lines of busybox sh: the suite's control makes them, looks, and takes them back. @param bystander a process id */
export function plantedScripts(bystander: number): { make: string; undo: string } {
  const joined = (part: 'make' | 'undo') =>
    plantedChanges.map((change) => change[part].replaceAll('BYSTANDER', String(bystander))).join('\n');
  return { make: joined('make'), undo: joined('undo') };
}

/** @param changes what the oracle said @returns sections in which it saw nothing */
export function unseen(changes: readonly string[]): string[] {
  const sections = new Set(plantedChanges.map(({ section }) => section));
  return [...sections].filter((section) => !changes.some((change) => change.startsWith(`${section}: `)));
}
