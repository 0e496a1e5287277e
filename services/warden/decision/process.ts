import { posix } from 'node:path';
import { Refused, shown } from './refusal.ts';
import type { Process } from './spec.ts';

const LAST_ID = 65_535;

/** capabilities(7) */
const capabilities = new Set(
  (
    'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE ' +
    'NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT ' +
    'SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP ' +
    'MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE'
  )
    .split(' ')
    .map((name) => `CAP_${name}`),
);

/** getrlimit(2) */
const limits = new Set(
  'AS CORE CPU DATA FSIZE LOCKS MEMLOCK MSGQUEUE NICE NOFILE NPROC RSS RTPRIO RTTIME SIGPENDING STACK'
    .split(' ')
    .map((name) => `RLIMIT_${name}`),
);
/** Precedence over the VM's own processes; limits are set before the user namespace exists, so nothing else stops it. */
const noLimits = ['RLIMIT_NICE', 'RLIMIT_RTPRIO'];

const sets = ['bounding', 'effective', 'inheritable', 'permitted', 'ambient'] as const;

/** Links of /proc that lead to where a process has something open, and /dev's to them. */
const MAGIC =
  /^(\/proc\/(self|thread-self|\d+)(\/task\/[^/]*)*\/(fd|cwd|root|task|map_files)|\/dev\/(fd|stdin|stdout|stderr))(\/|$)/;

/**
 * `process` of config.md, for create and for exec.
 * @throws Refused (process, working-directory)
 */
export function decideProcess(asked: Process) {
  const { terminal, consoleSize, noNewPrivileges, oomScoreAdj } = asked;
  return {
    ...(terminal !== undefined && { terminal }),
    ...(consoleSize && { consoleSize }),
    user: userOf(asked),
    args: asked.args,
    env: asked.env.filter((variable) => variable.indexOf('=') > 0),
    cwd: workingDirectory(asked.cwd),
    ...(asked.capabilities && { capabilities: capabilitiesOf(asked.capabilities) }),
    ...(asked.rlimits && { rlimits: asked.rlimits.map(limitOf) }),
    noNewPrivileges: noNewPrivileges ?? false,
    oomScoreAdj: Math.max(0, oomScoreAdj ?? 0),
  };
}

function userOf({ user }: Process) {
  const { uid, gid, umask, additionalGids = [] } = user;
  const outside = (kind: string, id: number) =>
    new Refused('process', `${kind} ${id} is outside the container's id range (0-${LAST_ID})`);
  if (uid > LAST_ID) throw outside('user', uid);
  for (const id of [gid, ...additionalGids]) if (id > LAST_ID) throw outside('group', id);
  if (umask !== undefined && umask > 0o777)
    throw new Refused('process', `umask ${umask.toString(8)} is too large`);
  return { uid, gid, ...(umask !== undefined && { umask }), additionalGids };
}

/**
 * A folder of the VM that the runtime had open was a way out (CVE-2024-21626: `-w /proc/self/fd/8`). crun looks again
 * once it is there (libcrun_safe_chdir).
 */
function workingDirectory(cwd: string): string {
  const components = cwd.split('/');
  // On the way, not only in the end: /proc/self/fd/8/.. is the parent of what is open there.
  const passesMagic = components.some((_, at) =>
    MAGIC.test(posix.normalize(components.slice(0, at + 1).join('/'))),
  );
  if (!cwd.startsWith('/') || passesMagic)
    throw new Refused('working-directory', `working directory ${shown(cwd)} is not allowed`);
  return cwd;
}

function capabilitiesOf(asked: NonNullable<Process['capabilities']>) {
  const decided: Partial<Record<(typeof sets)[number], string[]>> = {};
  for (const set of sets) {
    const names = asked[set];
    if (names === undefined) continue;
    const unknown = names.find((name) => !capabilities.has(name));
    if (unknown !== undefined) throw new Refused('process', `capability ${shown(unknown)} is not known`);
    decided[set] = names;
  }
  return decided;
}

function limitOf({ type, soft, hard }: NonNullable<Process['rlimits']>[number]) {
  if (!limits.has(type)) throw new Refused('process', `limit ${shown(type)} is not known`);
  return noLimits.includes(type) ? { type, soft: 0, hard: 0 } : { type, soft, hard };
}
