import { setTimeout as sleep } from 'node:timers/promises';
import { EngineClient } from '../../host/engine/client.ts';
import type { EngineVersion } from '../../host/engine/shapes.ts';
import type { Endpoint } from '../../host/engine/transport.ts';
import { isHostError } from '../../host/errors.ts';
import { uptime } from './uptime.ts';

/** Milliseconds between the starts of two attempts. */
const INTERVAL = 200;
/**
 * Milliseconds for one attempt. QEMU's user network takes a connection before anything in the VM listens, and
 * sends it on later and later: a new connection finds out sooner. Long enough for a TLS handshake under TCG.
 */
const PATIENCE = 2000;

export interface Answer {
  /** Milliseconds since this machine started. */
  at: number;
  version: EngineVersion;
}

/**
 * Asks for `/version` over mutual TLS until a whole answer has come: the same question for everyone compared.
 * Attempts overlap, so that one that went into the void does not hold up the next.
 * @throws the signal's reason
 */
export async function firstAnswer(endpoint: Endpoint, signal: AbortSignal): Promise<Answer> {
  const engine = new EngineClient(endpoint);
  const stop = new AbortController();
  const either = AbortSignal.any([stop.signal, signal]);
  let answer: Answer | undefined;
  let broken: unknown;
  const attempt = async (): Promise<void> => {
    try {
      const version = await engine.version({
        signal: AbortSignal.any([either, AbortSignal.timeout(PATIENCE)]),
      });
      answer ??= { at: uptime(), version };
    } catch (error) {
      if (isHostError(error, 'engine-unreachable', 'engine-refused')) return;
      if (error instanceof Error && (error.name === 'TimeoutError' || either.aborted)) return;
      broken ??= error;
    } finally {
      if (answer !== undefined || broken !== undefined) stop.abort();
    }
  };
  while (!either.aborted) {
    void attempt();
    await sleep(INTERVAL, undefined, { signal: either }).catch((error: unknown) => {
      if (!either.aborted) throw error;
    });
  }
  if (answer !== undefined) return answer;
  throw broken ?? signal.reason;
}
