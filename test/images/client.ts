import { type Contents, rootFolders, usrLinks } from './contents.ts';
import type { Recipe } from './image-file.ts';

/** As docker-library's `docker:cli`: the docker command, for what asks the engine out of a container. */
export async function clientImage(contents: Contents): Promise<Recipe> {
  contents.addLinks({ ...usrLinks, '/var/run': '/run' });
  contents.addDirectories(...rootFolders, '/usr/lib64', '/usr/sbin'); // docker-init is put into the last
  await contents.add('docker-cli', '/usr/bin/docker');
  await contents.addBusybox('/usr/bin');
  contents.addText(
    '/etc/passwd',
    'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n',
  );
  contents.addText('/etc/group', 'root:x:0:\nnogroup:x:65534:\n');
  return { layers: [contents.tree], config: { Env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'] } };
}
