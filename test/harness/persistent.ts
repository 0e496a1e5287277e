import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineClient } from '../../host/engine/client.ts';
import { demultiplex, type Output } from '../../host/engine/demultiplex.ts';
import type { ContainerSpec } from '../../host/engine/shapes.ts';
import type { EngineRequest, EngineResponse } from '../../host/engine/transport.ts';
import { isHostError } from '../../host/errors.ts';

/** Milliseconds for which an engine that is being killed is asked again. */
const PATIENCE = 300_000;
/** Milliseconds without a byte, after which it is asked again. */
const SILENCE = 60_000;

/** Asks until the engine has done it, or does not know the container. @throws after five minutes, with the last answer */
async function persistent(
  engine: EngineClient,
  method: EngineRequest['method'],
  path: string,
): Promise<EngineResponse> {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const answer = await engine.request(method, path, { timeout: SILENCE }).catch((error: unknown) => {
      if (!isHostError(error, 'engine-unreachable')) throw error;
      return error;
    });
    if (!(answer instanceof Error) && (answer.status < 300 || answer.status === 404)) return answer;
    if (Date.now() > end)
      throw answer instanceof Error
        ? answer
        : new Error(`${method} ${path}: ${answer.status} ${answer.body}`);
    await sleep(1000);
  }
}

/** What a container wrote so far; nothing when it is gone. */
export async function persistentLogs(engine: EngineClient, id: string): Promise<Output> {
  const { status, body } = await persistent(engine, 'GET', `/containers/${id}/logs?stdout=1&stderr=1`);
  return status === 404 ? { stdout: '', stderr: '' } : demultiplex(body);
}

export async function persistentRemove(engine: EngineClient, id: string): Promise<void> {
  await persistent(engine, 'DELETE', `/containers/${id}?force=1&v=1`);
}

/**
 * As runContainer, while services are killed: it is made and started once, and what it did is found out however long that takes.
 * A start without an answer can have been one.
 */
export async function runPersistently(
  engine: EngineClient,
  spec: ContainerSpec,
): Promise<Output & { exitCode: number }> {
  const id = await engine.createContainer(spec);
  try {
    const refusal = await engine.startContainer(id).then(
      () => undefined,
      (error: Error) => error,
    );
    const { body } = await persistent(engine, 'POST', `/containers/${id}/wait?condition=not-running`);
    const output = await persistentLogs(engine, id);
    if (refusal !== undefined && output.stdout === '') throw refusal;
    return { ...output, exitCode: (JSON.parse(body.toString('utf8')) as { StatusCode: number }).StatusCode };
  } finally {
    await persistentRemove(engine, id);
  }
}
