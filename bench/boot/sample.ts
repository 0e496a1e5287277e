import { EngineClient } from '../../host/engine/client.ts';
import { runContainer } from '../../host/engine/run.ts';
import { tryPort } from '../../host/machine/port.ts';
import { BenchError } from '../error.ts';
import { firstAnswer } from './answer.ts';
import type { Contender } from './contender.ts';
import { startOf } from './uptime.ts';

/** One boot. Times in milliseconds. */
export interface BootSample {
  contender: Contender['name'];
  /** From the start of QEMU's process to a whole answer of the engine. */
  ready: number;
  /** What `docker run --rm` of a small image takes then: create, start, wait, logs, remove. */
  container: number;
  kernel: string;
  engine: string;
}

/** An image that is in both engines after the first boot, and prints something. */
export interface TestImage {
  file: string;
  reference: string;
}

/**
 * Boots a contender, measures, switches it off. About one start in twenty under TCG stops before the kernel's
 * first line: a boot that never gets there is tried once more.
 * @throws {BenchError} `never-ready`, `wrong-answer`
 */
export async function measureBoot(
  contender: Contender,
  image: TestImage,
  deadline: number,
): Promise<BootSample> {
  try {
    return await attempt(contender, image, deadline);
  } catch (error) {
    if (!(error instanceof BenchError && error.code === 'never-ready')) throw error;
    return await attempt(contender, image, deadline);
  }
}

async function attempt(contender: Contender, image: TestImage, deadline: number): Promise<BootSample> {
  const port = (await tryPort(0)) ?? 0;
  const endpoint = await contender.endpoint(port);
  const stop = new AbortController();
  const late = AbortSignal.timeout(deadline);
  const signal = AbortSignal.any([stop.signal, late]);
  try {
    const [answer, qemu] = await Promise.all([firstAnswer(endpoint, signal), contender.start(port, signal)]);
    const engine = new EngineClient(endpoint);
    if (!(await engine.hasImage(image.reference))) await engine.loadImage(image.file);
    return {
      contender: contender.name,
      ready: answer.at - startOf(qemu),
      container: await timeContainer(engine, image),
      kernel: answer.version.KernelVersion ?? '',
      engine: answer.version.Version,
    };
  } catch (error) {
    if (!late.aborted) throw error;
    const message = `${contender.name} had no ready engine after ${deadline / 1000} s`;
    throw new BenchError('never-ready', message, 'see its console.log below .cache/bench', { cause: error });
  } finally {
    stop.abort();
    await contender.stop();
  }
}

async function timeContainer(engine: EngineClient, image: TestImage): Promise<number> {
  const begun = performance.now();
  const { exitCode, stdout } = await runContainer(engine, { Image: image.reference });
  const took = performance.now() - begun;
  if (exitCode === 0 && stdout !== '') return took;
  throw new BenchError(
    'wrong-answer',
    `the container ended with ${exitCode} and wrote '${stdout}'`,
    'report it',
  );
}
