import { addCommand } from './client.ts';
import type { Contents } from './contents.ts';
import type { Recipe } from './image-file.ts';

/** Each connection is served by a `reap` of its own. */
const start = `#!/bin/sh
nc -ll -p 8080 -e /usr/bin/reap &
echo Started!
wait
`;

/** One connection; `reap` of the last one to end removes what any of them named, but for reapers, and ends the container. */
const reap = `#!/bin/sh
: > /run/connection.$$
while read -r line; do
  echo "$line" | tr -d '\\r' >> /run/filters
  echo ACK
done
rm /run/connection.$$
exec > /proc/1/fd/1 2>&1
sleep "\${RYUK_RECONNECTION_TIMEOUT:-10s}"
ls /run/connection.* && exit
while read -r line; do
  filters="--filter $(echo "$line" | sed 's/&/ --filter /g')"
  docker ps -a $filters --format '{{.ID}} {{.Label "org.testcontainers.ryuk"}}' |
    awk '$2 != "true" { print $1 }' | xargs -r docker rm -fv
  docker network ls -q $filters | xargs -r docker network rm
  docker volume ls -q $filters | xargs -r docker volume rm
  docker images -q $filters | xargs -r docker rmi
done < /run/filters
killall nc
`;

/**
 * As testcontainers/ryuk: listens on 8080, takes filters line by line, answers ACK to each, and when nobody is connected
 * any more removes by the engine's socket what fits one of them (github.com/testcontainers/moby-ryuk, README).
 */
export async function ryukImage(contents: Contents): Promise<Recipe> {
  await addCommand(contents);
  contents.addText('/usr/bin/ryuk', start, 0o755);
  contents.addText('/usr/bin/reap', reap, 0o755);
  const Labels = { 'org.testcontainers.ryuk': 'true' }; // by which testcontainers knows it, as it does itself
  const Env = ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'];
  return { layers: [contents.tree], config: { Env, Labels, Cmd: ['ryuk'] } };
}
