import { rm } from 'node:fs/promises';
import { engineEndpoint } from '../../host/engine/connect.ts';
import { guestCommandLine } from '../../host/machine/arguments.ts';
import { makeDirectories } from '../../host/machine/directories.ts';
import { launchQemu } from '../../host/machine/launch.ts';
import type { MachinePaths } from '../../host/machine/paths.ts';
import { killQemu } from '../../host/machine/power-on.ts';
import { isAlive } from '../../host/machine/process.ts';
import { clearRuntime, runningRecord } from '../../host/machine/record.ts';
import { waitUntil } from '../../host/machine/wait.ts';
import { QmpClient } from '../../host/qmp/client.ts';
import { run } from '../../image/run.ts';
import type { DebianImage } from '../debian/build.ts';
import { commandLine } from '../debian/recipe.ts';
import type { Contender } from './contender.ts';
import type { Hardware } from './hardware.ts';

/** Milliseconds for systemd to stop all units and switch off. */
const SHUTDOWN = 90_000;

/**
 * The reference VM behind the launcher's own QEMU arguments: its root is the second disk, where Bulkhead has its
 * data, and the first one is a read-only disk that it does not use.
 * @param options.unused any file
 */
export function debianContender(options: {
  image: DebianImage;
  paths: MachinePaths;
  unused: string;
  hardware: Hardware;
}): Contender {
  const { image, paths, unused, hardware } = options;
  const stop = async (): Promise<void> => {
    const qemu = await runningRecord(paths);
    if (qemu === undefined) return;
    await pressPowerButton(paths.qmp);
    const ended = await waitUntil(() => (isAlive(qemu) ? undefined : true), {
      timeout: SHUTDOWN,
      interval: 200,
    });
    if (ended === undefined) await killQemu(qemu);
    await clearRuntime(paths);
  };
  return {
    name: 'debian',
    async reset() {
      await stop();
      await makeDirectories(paths);
      await rm(paths.dataDisk, { force: true });
      await run('cp', ['--sparse=always', image.disk, paths.dataDisk]);
    },
    endpoint: (port) => engineEndpoint(paths, port),
    start: (port, signal) =>
      launchQemu(
        {
          name: paths.name,
          accelerator: 'tcg',
          memory: hardware.memory,
          cpus: hardware.cpus,
          kernel: image.kernel,
          initramfs: image.initramfs,
          root: unused,
          dataDisk: paths.dataDisk,
          commandLine: guestCommandLine(commandLine),
          port,
          paths,
          image: image.disk,
        },
        { signal },
      ),
    stop,
  };
}

async function pressPowerButton(socket: string): Promise<void> {
  const qmp = await QmpClient.connect(socket);
  try {
    await qmp.execute('system_powerdown');
  } finally {
    qmp.close();
  }
}
