import type { EngineClient } from '../../host/engine/client.ts';
import { connectEngine } from '../../host/engine/connect.ts';
import type { Hardware } from '../boot/hardware.ts';
import { BenchVm } from '../vm.ts';

export interface RunningVm {
  engine: EngineClient;
  stop(): Promise<void>;
}

/** A new VM of an image, with the hello image loaded. */
export async function startVm(image: string, folder: string, hardware: Hardware): Promise<RunningVm> {
  const vm = new BenchVm('bench-runtime', folder);
  await vm.remove();
  await vm.start(hardware, { image });
  const engine = await connectEngine(vm.paths);
  await engine.loadImage(`${image}/hello.tar`);
  return { engine, stop: () => vm.remove() };
}
