import type { NetworkInterfaceInfo } from 'node:os';
import type { LogEntry, ServiceReport } from '../../services/channel/protocol/methods.ts';
import type { ServiceDefinition } from '../../services/supervisor/definition.ts';

/** What a test tells the PID 1 of a sandbox. */
export type Command =
  | { do: 'start'; definitions: ServiceDefinition[] }
  | { do: 'stop'; deadline: number }
  | { do: 'zombies' }
  /** Processes by node:child_process, unknown to the supervisor: the second executable with `args`. */
  | { do: 'spawn'; count: number; args: string[] }
  | { do: 'kill'; pid: number; signal: NodeJS.Signals }
  /** Which processes a service's cgroup holds. */
  | { do: 'processes'; service: string }
  /** What PID 1 takes of memory. */
  | { do: 'memory' }
  | { do: 'network' }
  | { do: 'hostname'; name: string };

/** What it tells the test. */
export type SandboxEvent =
  | { kind: 'up'; pid: number }
  | ({ kind: 'log' } & Omit<LogEntry, 'seq' | 'at'>)
  | { kind: 'service'; report: ServiceReport }
  | { kind: 'reaped'; total: number }
  | { kind: 'zombies'; pids: string[] }
  | { kind: 'processes'; pids: string[] }
  | { kind: 'child'; code: number | null }
  | { kind: 'memory'; anonymous: number; resident: number }
  | { kind: 'network'; interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>; routes: string }
  | { kind: 'hostname'; name: string }
  | { kind: 'stopped' };
