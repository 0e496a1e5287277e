import { deleteMachine } from '../host/machine/delete.ts';
import { isolatedEnvironment, type MachinePaths, machinePaths } from '../host/machine/paths.ts';
import { type StartOptions, startMachine } from '../host/machine/start.ts';
import { stopMachine } from '../host/machine/stop.ts';
import type { Hardware } from './boot/hardware.ts';

/** A VM that is measured: apart from its user's own ones. */
export class BenchVm {
  readonly name: string;
  readonly paths: MachinePaths;
  readonly #env: NodeJS.ProcessEnv;

  /** @param folder has all that is of it */
  constructor(name: string, folder: string) {
    this.name = name;
    this.#env = isolatedEnvironment(folder);
    this.paths = machinePaths(name, this.#env);
  }

  /** Emulated, with nobody's settings. @param options `image`, and what else than that */
  start(
    { memory, cpus, deadline }: Hardware,
    options: Partial<StartOptions> & Pick<StartOptions, 'image'>,
  ): ReturnType<typeof startMachine> {
    return startMachine({
      ...{ name: this.name, env: this.#env, memory, cpus },
      accelerator: 'tcg',
      dockerContext: false,
      settings: {},
      timeout: deadline,
      ...options,
    });
  }

  async stop(): Promise<void> {
    await stopMachine({ name: this.name, env: this.#env });
  }

  /** Stops it, and deletes its disks. */
  async remove(): Promise<void> {
    await this.stop();
    await deleteMachine({ name: this.name, env: this.#env });
  }
}
