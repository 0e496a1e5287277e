import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineClient } from '../../host/engine/client.ts';
import { testImage } from '../images/test-image.ts';
import { deadline } from './deadline.ts';

/** An engine in a privileged container. Its data is on a volume of the outer one. */
export class NestedEngine {
  readonly #engine: EngineClient;
  readonly #id: string;

  private constructor(engine: EngineClient, id: string) {
    this.#engine = engine;
    this.#id = id;
  }

  /** @param binds more of the outer engine's volumes, as for `-v` */
  static async start(engine: EngineClient, binds: readonly string[] = []): Promise<NestedEngine> {
    const { path, reference } = await testImage('dind');
    if (!(await engine.hasImage(reference))) await engine.loadImage(path);
    const id = await engine.createContainer({
      Image: reference,
      Entrypoint: ['/start'],
      HostConfig: { Privileged: true, Binds: ['nested:/var/lib/docker', ...binds] },
    });
    await engine.startContainer(id);
    const nested = new NestedEngine(engine, id);
    await nested.#untilUp();
    return nested;
  }

  /** Runs a line of busybox sh beside the engine. */
  async run(line: string): Promise<{ said: string; exitCode: number }> {
    const { stdout, stderr, exitCode } = await this.#engine.execute(this.#id, ['sh', '-c', line]);
    return { said: (stdout + stderr).trim(), exitCode };
  }

  async restart(): Promise<void> {
    await this.#engine.stopContainer(this.#id, 60);
    await this.#engine.startContainer(this.#id);
    await this.#untilUp();
  }

  remove(): Promise<void> {
    return this.#engine.removeContainer(this.#id, { force: true });
  }

  async #untilUp(): Promise<void> {
    const end = Date.now() + deadline(4);
    while ((await this.run('docker version')).exitCode !== 0) {
      if (Date.now() > end)
        throw new Error(`the inner engine does not come up: ${(await this.#engine.logs(this.#id)).stdout}`);
      await sleep(2000);
    }
  }
}
