import { Contents, rootFolders, usrLinks } from './contents.ts';
import type { Recipe } from './image-file.ts';

const PLUGINS = '/usr/libexec/docker/cli-plugins';
const config = { Env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'] };

/** As docker-library's `docker:cli`: the docker command with buildx and compose, to ask the engine out of a container. */
export async function clientImage(contents: Contents): Promise<Recipe> {
  await addCommand(contents);
  const plugins = new Contents(contents.archive, contents.packages);
  for (const name of ['docker-buildx', 'docker-compose']) await plugins.add(name, `${PLUGINS}/${name}`);
  return { layers: [contents.tree, plugins.tree], config };
}

/** The docker command alone, below what uses it. */
export async function addCommand(contents: Contents): Promise<void> {
  contents.addLinks({ ...usrLinks, '/var/run': '/run' });
  contents.addDirectories(...rootFolders, '/usr/lib64', '/usr/sbin'); // docker-init is put into the last
  await contents.add('docker-cli', '/usr/bin/docker');
  await contents.addBusybox('/usr/bin');
  contents.addText(
    '/etc/passwd',
    'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n',
  );
  contents.addText('/etc/group', 'root:x:0:\nnogroup:x:65534:\n');
}
