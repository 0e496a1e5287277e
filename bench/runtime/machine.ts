import type { EngineClient } from '../../host/engine/client.ts';
import { connectEngine } from '../../host/engine/connect.ts';
import { deleteMachine } from '../../host/machine/delete.ts';
import { isolatedEnvironment, machinePaths } from '../../host/machine/paths.ts';
import { startMachine } from '../../host/machine/start.ts';
import { stopMachine } from '../../host/machine/stop.ts';
import type { Hardware } from '../boot/hardware.ts';

export interface RunningVm {
  engine: EngineClient;
  stop(): Promise<void>;
}

/** A new VM of an image, with the hello image loaded. */
export async function startVm(
  image: string,
  folder: string,
  { memory, cpus, deadline }: Hardware,
): Promise<RunningVm> {
  const name = 'bench-runtime';
  const env = isolatedEnvironment(folder);
  const clear = async () => {
    await stopMachine({ name, env });
    await deleteMachine({ name, env });
  };
  await clear();
  await startMachine({
    settings: {},
    ...{ name, env, image, memory, cpus },
    accelerator: 'tcg',
    dockerContext: false,
    timeout: deadline,
  });
  const engine = await connectEngine(machinePaths(name, env));
  await engine.loadImage(`${image}/hello.tar`);
  return { engine, stop: clear };
}
