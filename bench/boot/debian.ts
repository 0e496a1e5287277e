import type { MachinePaths } from '../../host/machine/paths.ts';
import { isAlive } from '../../host/machine/process.ts';
import { waitUntil } from '../../host/machine/wait.ts';
import { QmpClient } from '../../host/qmp/client.ts';
import type { DebianImage } from '../debian/build.ts';
import { commandLine } from '../debian/recipe.ts';
import type { Contender } from './contender.ts';
import type { Hardware } from './hardware.ts';
import { preparedContender } from './prepared.ts';

/** Milliseconds for systemd to stop all units and switch off. */
const SHUTDOWN = 90_000;

/**
 * The reference VM: its root is the second disk, and the first one is a read-only disk that it does not use.
 * @param options.unused any file
 */
export function debianContender(options: {
  image: DebianImage;
  paths: MachinePaths;
  unused: string;
  hardware: Hardware;
}): Contender {
  const { image, paths, unused, hardware } = options;
  return preparedContender({
    ...{ name: 'debian', ...image, root: unused, commandLine, paths, hardware },
    async switchOff(qemu) {
      await pressPowerButton(paths.qmp);
      await waitUntil(() => (isAlive(qemu) ? undefined : true), { timeout: SHUTDOWN, interval: 200 });
    },
  });
}

async function pressPowerButton(socket: string): Promise<void> {
  const qmp = await QmpClient.connect(socket);
  try {
    await qmp.execute('system_powerdown');
  } finally {
    qmp.close();
  }
}
