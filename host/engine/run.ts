import type { EngineClient } from './client.ts';
import type { Output } from './demultiplex.ts';
import type { ContainerSpec } from './shapes.ts';

/** What `docker run --rm` does for a container that writes and ends. The image must be in the engine. */
export async function runContainer(
  engine: EngineClient,
  spec: ContainerSpec,
  options: { signal?: AbortSignal } = {},
): Promise<Output & { exitCode: number }> {
  const id = await engine.createContainer(spec);
  try {
    await engine.startContainer(id);
    const exitCode = await engine.waitContainer(id, options);
    return { ...(await engine.logs(id)), exitCode };
  } finally {
    await engine.removeContainer(id, { force: true });
  }
}
