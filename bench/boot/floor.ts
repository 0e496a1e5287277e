import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { engineEndpoint } from '../../host/engine/connect.ts';
import { guestCommandLine } from '../../host/machine/arguments.ts';
import { makeDirectories } from '../../host/machine/directories.ts';
import { launchQemu } from '../../host/machine/launch.ts';
import type { MachinePaths } from '../../host/machine/paths.ts';
import { killQemu } from '../../host/machine/power-on.ts';
import { clearRuntime, runningRecord } from '../../host/machine/record.ts';
import { run } from '../../image/run.ts';
import { kernelWords } from '../../policy/kernel/command-line.ts';
import type { Floor } from '../floor/build.ts';
import type { Contender } from './contender.ts';
import type { Hardware } from './hardware.ts';

/** The image in `dist` with bench/floor/init.c in the place of stage 0 and Node. It has no clean end. */
export function floorContender(options: {
  floor: Floor;
  dist: string;
  paths: MachinePaths;
  hardware: Hardware;
}): Contender {
  const { floor, dist, paths, hardware } = options;
  const stop = async (): Promise<void> => {
    const qemu = await runningRecord(paths);
    if (qemu !== undefined) await killQemu(qemu);
    await clearRuntime(paths);
  };
  return {
    name: 'floor',
    async reset() {
      await stop();
      await makeDirectories(paths);
      await rm(paths.dataDisk, { force: true });
      await run('cp', ['--sparse=always', floor.disk, paths.dataDisk]);
    },
    endpoint: (port) => engineEndpoint(paths, port),
    start: (port, signal) =>
      launchQemu(
        {
          name: paths.name,
          accelerator: 'tcg',
          memory: hardware.memory,
          cpus: hardware.cpus,
          kernel: join(dist, 'vmlinuz'),
          initramfs: floor.initramfs,
          root: join(dist, 'root.erofs'),
          dataDisk: paths.dataDisk,
          commandLine: guestCommandLine(kernelWords.map(({ word }) => word).join(' ')),
          port,
          paths,
          image: dist,
        },
        { signal },
      ),
    stop,
  };
}
