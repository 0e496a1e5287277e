import type { ServiceState } from '../channel/protocol/methods.ts';
import type { BackoffPolicy } from './backoff.ts';
import type { ServiceDefinition } from './definition.ts';
import { startOrder } from './graph.ts';

/** What becomes of a service when its last process has gone. */
export type AfterStop = 'wait' | 'back-off' | 'stopped' | 'failed';

/** One service, as the state machine knows it. Times are milliseconds of the supervisor's clock. */
export interface ServiceStatus {
  readonly state: ServiceState;
  /** When it entered `state`. */
  readonly since: number;
  /** Why it is in `state`, for a person. */
  readonly reason: string | undefined;
  readonly pid: number | undefined;
  /** Times it was started again after it had ended by itself. */
  readonly restarts: number;
  readonly lastExit: string | undefined;
  /** Failures in a row. */
  readonly failures: number;
  /** Whether it has ever been started. */
  readonly started: boolean;
  /** Whether it may have processes: from the decision to spawn until its cgroup is empty. */
  readonly live: boolean;
  /** A oneshot that ended well: what requires it may go on. */
  readonly succeeded: boolean;
  /** While stopping. */
  readonly next: AfterStop | undefined;
  /** When the state machine wants to hear `tick`. */
  readonly deadline: number | undefined;
}

/** All services. Never changed; `step` makes a new one. */
export interface System {
  /** In start order. */
  readonly definitions: readonly ServiceDefinition[];
  readonly backoff: BackoffPolicy;
  readonly services: ReadonlyMap<string, ServiceStatus>;
  readonly stopping: boolean;
}

/** How a service's main process ended. */
export interface Exit {
  /** `exit code 1`, `signal SIGSEGV`. */
  text: string;
  /** Whether that is success for a oneshot. */
  ok: boolean;
}

export type SupervisionEvent =
  /** A deadline has passed, or supervision begins. */
  | { kind: 'tick' }
  | { kind: 'spawned'; service: string; pid: number }
  /** It could not be spawned; it has no process. */
  | { kind: 'not-spawned'; service: string; reason: string }
  | { kind: 'ready'; service: string }
  | { kind: 'alive'; service: string }
  /** Its main process has ended; others of its cgroup may be left. */
  | { kind: 'exited'; service: string; exit: Exit }
  /** Its cgroup is empty. Comes after `exited`. */
  | { kind: 'gone'; service: string }
  /** Somebody wants it stopped and started again, or tried again now. */
  | { kind: 'restart'; service: string }
  /** Stop everything, what depends on others first. Nothing is started any more. */
  | { kind: 'stop' }
  /** Kill what is left. */
  | { kind: 'kill' };

export type Effect =
  | { kind: 'spawn'; service: string }
  /** Its own stop signal, to its main process. */
  | { kind: 'signal'; service: string }
  /** Its whole cgroup. */
  | { kind: 'kill'; service: string };

/** How often a killed cgroup that is still not empty is killed again; milliseconds. */
export const KILL_AGAIN = 5_000;

const UNSTARTED: Omit<ServiceStatus, 'since'> = {
  state: 'waiting',
  reason: undefined,
  pid: undefined,
  restarts: 0,
  lastExit: undefined,
  failures: 0,
  started: false,
  live: false,
  succeeded: false,
  next: undefined,
  deadline: undefined,
};

/** @param definitions without problems (`checkDefinitions`). */
export function initialSystem(
  definitions: readonly ServiceDefinition[],
  backoff: BackoffPolicy,
  at: number,
): System {
  const services = new Map(definitions.map(({ name }) => [name, { ...UNSTARTED, since: at }]));
  return { definitions: startOrder(definitions), backoff, services, stopping: false };
}

/** When `tick` is due. */
export function nextDeadline(system: System): number | undefined {
  let next: number | undefined;
  for (const { deadline } of system.services.values()) {
    if (deadline !== undefined && (next === undefined || deadline < next)) next = deadline;
  }
  return next;
}

/** Whether what requires `service` may run. */
export function isSatisfied(system: Pick<System, 'services'>, service: string): boolean {
  const status = system.services.get(service);
  return status?.state === 'ready' || status?.succeeded === true;
}
