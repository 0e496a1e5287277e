import type { LeftBehind } from './left-behind.ts';

/** When a service counts as ready. */
export type Readiness =
  /** It sends `READY=1` (sd_notify(3)); the sender must be of its own cgroup. */
  | { kind: 'notify' }
  /** As soon as it has been executed. */
  | { kind: 'started' };

/** Of the service's control group, by the kernel's names: cgroup-v2.rst, 'Memory' and 'PID'. Bytes; tasks. */
export interface CgroupLimits {
  /** What the kernel leaves it when it takes memory from others. */
  'memory.low'?: number;
  /** At more, all of it is killed, and it is started again. */
  'memory.max'?: number;
  /** Processes and threads. */
  'pids.max'?: number;
}

/** What a service is, before anything of it runs. Checked by `checkDefinitions` without booting. */
export interface ServiceDefinition {
  /** Unique; also the name of its cgroup below `/sys/fs/cgroup/bulkhead`. */
  name: string;
  /** Path in the image of a file that the executables manifest lists. */
  executable: string;
  /** Arguments after argv[0]. */
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  /** Ready before this one starts; when one of them ends, this one is stopped and started again. */
  requires: readonly string[];
  /** Started (not yet ready) before this one starts: overlaps their start-up. */
  after: readonly string[];
  readiness: Readiness;
  /** `always`: started again whenever it ends by itself. `never`: a oneshot, or its end is final. */
  restart: 'always' | 'never';
  uid: number;
  gid: number;
  /** Capabilities it keeps, by name without `CAP_`; `all` for the engine. */
  capabilities: 'all' | readonly string[];
  noNewPrivileges: boolean;
  /** Whether it may execute another program, its own memory included. @default true */
  executes?: false;
  /** -1000 to 1000, proc_pid_oom_score_adj(5). */
  oomScoreAdj: number;
  limits: { openFiles: number; processes?: number };
  cgroup?: CgroupLimits;
  /** Descriptors of PID 1 that it gets as 3, 4, …, in this order. */
  descriptors?: readonly number[];
  /** How long it may take to be ready, and to stop before its whole cgroup is killed; milliseconds. */
  timeouts: { start: number; stop: number };
  stopSignal: 'SIGTERM' | 'SIGINT';
  /**
   * What becomes of the processes that it leaves when its main process ends. `keep`: they go on in its cgroup (the
   * shims of containerd hold running containers; systemd.kill(5) calls this KillMode=process).
   */
  leftovers: 'kill' | 'keep';
  /** Once ready, it must send `WATCHDOG=1` at least this often or is killed and started again; milliseconds. */
  watchdog?: number;
  /** What a run that was killed can leave outside of its cgroup: cleared away before the next one. */
  leavesBehind?: LeftBehind;
  /** Whether its cgroup is handed to it to make children in (the engine). */
  delegate: boolean;
}
