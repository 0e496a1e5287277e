import { rm } from 'node:fs/promises';
import { engineEndpoint } from '../../host/engine/connect.ts';
import { guestCommandLine, type QemuOptions } from '../../host/machine/arguments.ts';
import { makeDirectories } from '../../host/machine/directories.ts';
import { launchQemu } from '../../host/machine/launch.ts';
import type { MachinePaths } from '../../host/machine/paths.ts';
import { killQemu } from '../../host/machine/power-on.ts';
import { isAlive, type ProcessIdentity } from '../../host/machine/process.ts';
import { clearRuntime, runningRecord } from '../../host/machine/record.ts';
import { run } from '../../image/run.ts';
import type { Contender } from './contender.ts';
import type { Hardware } from './hardware.ts';

/**
 * A VM that is not Bulkhead's, behind the launcher's own QEMU arguments.
 * @param options.root the first disk, read-only @param options.disk what the second one, where Bulkhead has its data, is
 *   at first @param options.commandLine the launcher's words follow
 * @param options.switchOff ends it cleanly, if it can; it is killed where it still runs then
 */
export function preparedContender(
  options: Pick<QemuOptions, 'kernel' | 'initramfs' | 'root' | 'commandLine'> & {
    name: Contender['name'];
    disk: string;
    paths: MachinePaths;
    hardware: Hardware;
    switchOff?: (qemu: ProcessIdentity) => Promise<void>;
  },
): Contender {
  const { name, disk, paths, hardware, switchOff, commandLine, kernel, initramfs, root } = options;
  const { memory, cpus } = hardware;
  const stop = async (): Promise<void> => {
    const qemu = await runningRecord(paths);
    if (qemu === undefined) return;
    await switchOff?.(qemu);
    if (isAlive(qemu)) await killQemu(qemu);
    await clearRuntime(paths);
  };
  return {
    name,
    async reset() {
      await stop();
      await makeDirectories(paths);
      await rm(paths.dataDisk, { force: true });
      await run('cp', ['--sparse=always', disk, paths.dataDisk]);
    },
    endpoint: (port) => engineEndpoint(paths, port),
    start: (port, signal) =>
      launchQemu(
        {
          ...{ name: paths.name, accelerator: 'tcg', memory, cpus },
          ...{ kernel, initramfs, root, dataDisk: paths.dataDisk },
          ...{ commandLine: guestCommandLine(commandLine), port, paths, image: disk },
        },
        { signal },
      ),
    stop,
  };
}
