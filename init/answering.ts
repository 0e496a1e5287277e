import type { ServiceDefinition } from '../services/supervisor/definition.ts';
import { LAUNCH } from '../services/supervisor/executables.ts';
import { BootError, type BootErrorCode } from './failure.ts';
import { whenListening } from './listening.ts';
import type { Machine } from './machine.ts';

const READY_TIMEOUT_MS = 10 * 60 * 1000;

/** A process of ours that others ask by a unix socket. */
export interface Answering {
  definition: ServiceDefinition;
  /** Where it is asked. */
  socket: string;
  /** What is wrong when it cannot be. */
  failure: { code: BootErrorCode; message: string };
  /** Makes its folders, before it starts. */
  prepare(): void;
}

/**
 * Starts one as soon as what executes it is known to be what was signed, and waits until it answers.
 * @throws {BootError} `executable-changed`, or `failure` after ten minutes
 * @returns what a phase says of it
 */
export async function startAnswering(
  { executables, supervisor, clock }: Machine,
  { definition, socket, failure, prepare }: Answering,
): Promise<string> {
  await executables.verify([LAUNCH], 1);
  prepare();
  supervisor.start([definition]);
  if (!(await whenListening(socket, clock, READY_TIMEOUT_MS)))
    throw new BootError(failure.code, failure.message);
  return `answers on ${socket}`;
}
