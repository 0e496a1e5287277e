/** For root of the VM: which process is in which namespaces of ids and of processes. */
export const censusScript = 'ls -l /proc/[0-9]*/ns/user /proc/[0-9]*/ns/pid 2>/dev/null; true';
/** For root of the VM: a process as a container would have it that is not confined, for a census to find. */
export const unconfinedScript = 'unshare -p -f sleep 20 > /dev/null 2>&1 &';

/** @param listing of censusScript @returns processes of containers, by the VM's numbers, that have the VM's own users */
export function unconfined(listing: string): number[] {
  const spaces = new Map<string, string>();
  for (const [, file = '', space = ''] of listing.matchAll(/(\/proc\/\d+\/ns\/\w+) -> (\S+)$/gm))
    spaces.set(file, space);
  const of = (pid: number, kind: 'user' | 'pid') => spaces.get(`/proc/${pid}/ns/${kind}`);
  const pids = [...spaces.keys()].flatMap((file) => {
    const pid = /^\/proc\/(\d+)\/ns\/pid$/.exec(file)?.[1];
    return pid === undefined ? [] : [Number(pid)];
  });
  return pids.filter((pid) => of(pid, 'pid') !== of(1, 'pid') && of(pid, 'user') === of(1, 'user'));
}
