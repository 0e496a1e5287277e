import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineClient } from '../../host/engine/client.ts';
import type { ContainerSpec } from '../../host/engine/shapes.ts';

/**
 * Milliseconds between two requests, which go on side by side: QEMU's user network keeps one connection waiting
 * (libslirp, `listen(s, 1)`), and Linux resets, a minute later, what comes when there is no room.
 */
const PACE = 100;
/**
 * dockerd gives containerd half a minute to end a task (moby, daemon/monitor.go, handleContainerExit), and afterwards knows
 * nothing of it: shim, control group and our mark would stay until the VM's end. A hundred at once, emulated, take longer.
 */
const REMOVED_AT_ONCE = 8;
/** Many starts wait for each other, and on a busy machine for long; milliseconds. Whoever calls this has a deadline. */
const PATIENCE = 1_200_000;

/** Makes and starts containers side by side. @returns their ids, when all run */
export async function startMany(engine: EngineClient, spec: ContainerSpec, count: number): Promise<string[]> {
  const ids = await atOnce(Array.from({ length: count }), async () => {
    const { Id } = JSON.parse(await ask(engine, 'POST', '/containers/create', spec)) as { Id: string };
    return Id;
  });
  await atOnce(ids, (id) => ask(engine, 'POST', `/containers/${id}/start`));
  return ids;
}

/** Kills and removes them, `REMOVED_AT_ONCE` at a time. */
export async function removeMany(engine: EngineClient, ids: readonly string[]): Promise<void> {
  const left = ids.values();
  const removeNext = async () => {
    for (const id of left) await ask(engine, 'DELETE', `/containers/${id}?force=true&v=true`);
  };
  await Promise.all(Array.from({ length: REMOVED_AT_ONCE }, removeNext));
}

async function ask(
  engine: EngineClient,
  method: 'POST' | 'DELETE',
  path: string,
  body?: ContainerSpec,
): Promise<string> {
  const answer = await engine.request(method, path, { timeout: PATIENCE, ...(body && { body }) });
  const text = answer.body.toString('utf8');
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text;
}

function atOnce<T, R>(items: readonly T[], each: (item: T) => Promise<R>): Promise<R[]> {
  return Promise.all(
    items.map(async (item, index) => {
      await sleep(index * PACE);
      return each(item);
    }),
  );
}
