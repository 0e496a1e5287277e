/** Each section of test/attempts/oracle/script.ts as facts that can be compared: one a line. */
export const readers: Readonly<Record<string, (text: string) => string[]>> = {
  /** Without ids of mounts and of peer groups: proc_pid_mountinfo(5). */
  mounts: (text) =>
    lines(text).map((line) => {
      const [before = '', after = ''] = line.split(' - ');
      const [, , device, root, point, options] = before.split(' ');
      return [device, root, point, options, '-', after].join(' ');
    }),

  /** `/proc/PID/exe` and `/proc/PID/ns/mnt` as links: what runs in the mount namespace of PID 1, from which file. */
  processes: (text) => {
    const links = new Map(
      [...text.matchAll(/(\/proc\/\d+\/(?:exe|ns\/mnt)) -> (.*)$/gm)].map(([, link = '', target = '']) => [
        link,
        target,
      ]),
    );
    const ours = links.get('/proc/1/ns/mnt');
    return [...links.keys()].flatMap((link) => {
      const pid = /^\/proc\/(\d+)\/exe$/.exec(link)?.[1];
      return pid !== undefined && links.get(`/proc/${pid}/ns/mnt`) === ours
        ? [`${pid} ${links.get(link)}`]
        : [];
    });
  },

  /** Who listens, and on what: state 0A of TCP, all of UDP and raw, unix sockets with __SO_ACCEPTCON (proc_net(5)). */
  sockets: (text) =>
    lines(text).flatMap((line) => {
      const [protocol = '', ...fields] = line.trim().split(/\s+/);
      if (protocol === 'unix')
        return fields[3] === '00010000' && fields[7] !== undefined ? [`unix ${fields[7]}`] : [];
      if (!/^\d+:$/.test(fields[0] ?? '')) return [];
      const [, local, , state] = fields;
      return protocol.startsWith('tcp') && state !== '0A' ? [] : [`${protocol} ${local}`];
    }),

  /** Seconds of the wall clock at the boot: what a clock that is set changes. */
  clock: (text) => {
    const [now = '', uptime = ''] = text.trim().split(' ');
    return [String(Number(now) - Math.floor(Number(uptime)))];
  },
};

export function lines(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}
