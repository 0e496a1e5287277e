import { chmod, lstat, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HostError } from '../errors.ts';
import type { MachinePaths } from './paths.ts';

/** Makes the VM's folders, mode 0700, and refuses any that another user made or could write. */
export async function makeDirectories(paths: MachinePaths): Promise<void> {
  const shared = dirname(paths.runtime);
  for (const directory of [dirname(paths.data), paths.data, dirname(paths.state), paths.state, shared]) {
    await makePrivate(directory);
  }
  await makePrivate(paths.runtime);
}

async function makePrivate(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  // /tmp is everybody's: someone may have made the folder, or a link of that name, before us.
  const stat = await lstat(directory);
  if (!stat.isDirectory() || stat.uid !== process.getuid?.()) {
    throw new HostError('directory-unsafe', `${directory} is not a folder of yours`);
  }
  if ((stat.mode & 0o077) !== 0) await chmod(directory, 0o700);
}
