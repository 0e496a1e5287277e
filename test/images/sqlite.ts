import { type Contents, rootFolders, usrLinks } from './contents.ts';
import type { Recipe } from './image-file.ts';

/** Debian's sqlite3 with a shell around it: a database that says when it has committed. */
export async function sqliteImage(contents: Contents): Promise<Recipe> {
  contents.addLinks(usrLinks);
  contents.addDirectories(...rootFolders, '/usr/lib64', '/usr/sbin');
  await contents.add('sqlite3', '/usr/bin/sqlite3');
  await contents.addBusybox('/usr/bin');
  return { layers: [contents.tree], config: { Env: ['PATH=/usr/bin'], Cmd: ['sh'] } };
}
