import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineClient } from '../../host/engine/client.ts';
import type { ContainerSpec } from '../../host/engine/shapes.ts';

/**
 * Milliseconds between two requests, which go on side by side: QEMU's user network keeps one connection waiting
 * (libslirp, `listen(s, 1)`), and Linux resets, a minute later, what comes when there is no room.
 */
const PACE = 100;

/** Makes and starts containers side by side. @returns their ids, when all run */
export async function startMany(engine: EngineClient, spec: ContainerSpec, count: number): Promise<string[]> {
  const ids = await atOnce(Array.from({ length: count }), () => engine.createContainer(spec));
  await atOnce(ids, (id) => engine.startContainer(id));
  return ids;
}

/** Kills and removes them side by side. */
export async function removeMany(engine: EngineClient, ids: readonly string[]): Promise<void> {
  await atOnce(ids, (id) => engine.removeContainer(id, { force: true }));
}

function atOnce<T, R>(items: readonly T[], each: (item: T) => Promise<R>): Promise<R[]> {
  return Promise.all(
    items.map(async (item, index) => {
      await sleep(index * PACE);
      return each(item);
    }),
  );
}
