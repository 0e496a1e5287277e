import { readFileSync } from 'node:fs';
import { busyboxImage, helloImage } from '../../image/hello/busybox-image.ts';
import { ours } from '../../image/tree/origin.ts';
import { type Contents, rootFolders, usrLinks } from './contents.ts';
import type { Recipe } from './image-file.ts';

const PLUGINS = '/usr/libexec/docker/cli-plugins';

/**
 * As docker-library's `dind`: with version 2 of control groups, a group with processes cannot hand controllers
 * to groups below it (cgroups(7), "no internal processes" rule). Where this fails, the engine says what it lacks.
 */
const start = `#!/bin/sh
mkdir -p /run /var/run
if [ -f /sys/fs/cgroup/cgroup.controllers ] && mkdir -p /sys/fs/cgroup/init; then
  for round in 1 2 3 4 5; do
    xargs -rn1 < /sys/fs/cgroup/cgroup.procs > /sys/fs/cgroup/init/cgroup.procs
    sed -e 's/ / +/g' -e 's/^/+/' < /sys/fs/cgroup/cgroup.controllers > /sys/fs/cgroup/cgroup.subtree_control && break
  done
fi
exec docker-init -- dockerd --host unix:///var/run/docker.sock "$@" 2>&1
`;

/**
 * What buildx's docker-container driver expects in an image: Debian has no BuildKit but the one in dockerd, which speaks
 * the same protocol behind an HTTP upgrade (moby, api/server/router/grpc).
 */
const buildkitd = '#!/bin/sh\nexec /start --data-root /var/lib/buildkit --host tcp://127.0.0.1:2375\n';
const buildctl = `#!/bin/sh
case "$*" in
  *dial-stdio)
    pipe=/run/dial.$$
    mkfifo $pipe $pipe.answered
    nc 127.0.0.1 2375 < $pipe | {
      while IFS= read -r line && [ "$line" != "$(printf '\\r')" ]; do :; done
      echo > $pipe.answered
      exec cat
    } &
    exec 3> $pipe
    printf 'POST /grpc HTTP/1.1\\r\\nHost: x\\r\\nConnection: Upgrade\\r\\nUpgrade: h2c\\r\\n\\r\\n' >&3
    read -r _ < $pipe.answered
    rm $pipe $pipe.answered
    exec cat >&3 ;;
  *) exec docker version ;;
esac
`;

/** Two services on a network of their own; `client` ends well when it has read from `server` by its name. */
const compose = `name: pair
services:
  server:
    image: ${helloImage.reference}
    init: true
    command: ["httpd", "-f", "-p", "80", "-h", "/etc"]
    networks: [between]
  client:
    image: ${helloImage.reference}
    init: true
    depends_on: [server]
    command: ["sh", "-c", "until wget -q -O - http://server/passwd; do sleep 1; done"]
    networks: [between]
networks:
  between: {}
`;

/**
 * Debian's engine with its command, compose and buildx, for an engine in a container; and what it can load:
 * `/hello.tar`, `/tools.tar`. @param tools the image `tools` as a file
 */
export async function dindImage(contents: Contents, tools: string): Promise<Recipe> {
  contents.addLinks({ ...usrLinks, '/var/run': '/run' });
  contents.addDirectories(...rootFolders, '/usr/lib64', '/var/lib/docker');
  for (const name of ['dockerd', 'docker-proxy']) await contents.add('docker.io', `/usr/sbin/${name}`);
  await contents.add('docker-cli', '/usr/bin/docker');
  for (const name of ['containerd', 'containerd-shim-runc-v2'])
    await contents.add('containerd', `/usr/bin/${name}`);
  await contents.add('runc', '/usr/sbin/runc');
  await contents.add('tini', '/usr/bin/tini-static', '/usr/bin/docker-init');
  await contents.add('iptables', '/usr/sbin/xtables-nft-multi');
  await contents.addFolder('iptables', '/usr/lib/x86_64-linux-gnu/xtables', (path) => path.endsWith('.so'));
  for (const name of ['iptables', 'ip6tables'])
    for (const ending of ['', '-save', '-restore'])
      contents.addLinks({ [`/usr/sbin/${name}${ending}`]: 'xtables-nft-multi' });
  for (const name of ['protocols', 'services']) await contents.add('netbase', `/etc/${name}`);
  await contents.addBusybox('/usr/bin');
  contents.addText(
    '/etc/passwd',
    'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n',
  );
  contents.addText('/etc/group', 'root:x:0:\ndocker:x:990:\nnogroup:x:65534:\n');
  contents.addText('/etc/nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files dns\n');
  contents.addText('/start', start, 0o755);
  const busybox = await contents.packages.file('busybox-static', '/usr/bin/busybox');
  const hello = busyboxImage(readFileSync(busybox.path), helloImage);
  contents.tree.add('/hello.tar', { kind: 'file', source: hello, mode: 0o644, origin: ours });
  contents.tree.add('/tools.tar', { kind: 'file', source: tools, mode: 0o644, origin: ours });
  for (const name of ['docker-compose', 'docker-buildx']) await contents.add(name, `${PLUGINS}/${name}`);
  contents.addText('/compose/compose.yaml', compose);
  contents.addText('/usr/bin/buildkitd', buildkitd, 0o755);
  contents.addText('/usr/bin/buildctl', buildctl, 0o755);
  return {
    layers: [contents.tree],
    config: {
      Entrypoint: ['buildkitd'], // an engine starts with /start instead
      Env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'],
    },
  };
}
