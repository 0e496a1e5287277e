import { createContainer, createExec, updateContainer } from './checks/container.ts';
import { createNetwork } from './checks/network.ts';
import { build, startContainer } from './checks/query.ts';
import { createImage, createVolume, loadImages } from './checks/storage.ts';
import { changeCluster, changeService, plugin, swarm } from './checks/swarm.ts';
import type { Check } from './request.ts';

/** One row: an endpoint as dockerd's router has it, who may, and what is looked at. */
export interface Endpoint {
  /** `*`: any. */
  method: string;
  /** As in the router: `{name:.*}` takes slashes too, `{id}` does not. */
  path: string;
  /** `nobody`: refused, whoever asks. */
  who: 'anyone' | 'administrators' | 'nobody';
  check?: Check;
}

const rows = (who: Endpoint['who'], list: string, check?: Check): Endpoint[] =>
  list
    .trim()
    .split(/\s*\n\s*/)
    .map((row) => {
      const [method = '', path = ''] = row.split(' ');
      return { method, path, who, ...(check && { check }) };
    });

/**
 * Every endpoint of the engine, and nothing else: what is not here is refused. engine-routes.test.ts compares it with the
 * routers of the version that is shipped.
 */
export const endpoints: readonly Endpoint[] = [
  ...rows('anyone', 'POST /containers/create', createContainer),
  ...rows('anyone', 'POST /containers/{name:.*}/update', updateContainer),
  ...rows('anyone', 'POST /containers/{name:.*}/exec', createExec),
  ...rows('anyone', 'POST /containers/{name:.*}/start', startContainer),
  ...rows(
    'anyone',
    `GET /containers/json
    GET /containers/{name:.*}/json
    GET /containers/{name:.*}/export
    GET /containers/{name:.*}/changes
    GET /containers/{name:.*}/top
    GET /containers/{name:.*}/logs
    GET /containers/{name:.*}/stats
    GET /containers/{name:.*}/attach/ws
    HEAD /containers/{name:.*}/archive
    GET /containers/{name:.*}/archive
    PUT /containers/{name:.*}/archive
    POST /containers/{name:.*}/kill
    POST /containers/{name:.*}/pause
    POST /containers/{name:.*}/unpause
    POST /containers/{name:.*}/restart
    POST /containers/{name:.*}/stop
    POST /containers/{name:.*}/wait
    POST /containers/{name:.*}/resize
    POST /containers/{name:.*}/attach
    POST /containers/{name:.*}/rename
    POST /containers/prune
    DELETE /containers/{name:.*}
    GET /exec/{id:.*}/json
    POST /exec/{name:.*}/start
    POST /exec/{name:.*}/resize
    POST /commit`,
  ),
  // Experimental, and there is no CRIU: what they name are folders of the VM.
  ...rows(
    'nobody',
    `GET /containers/{name:.*}/checkpoints
    POST /containers/{name:.*}/checkpoints
    DELETE /containers/{name}/checkpoints/{checkpoint}`,
  ),

  ...rows('anyone', 'POST /images/load', loadImages),
  ...rows('anyone', 'POST /images/create', createImage),
  ...rows(
    'anyone',
    `GET /images/json
    GET /images/search
    GET /images/get
    GET /images/{name:.*}/get
    GET /images/{name:.*}/history
    GET /images/{name:.*}/json
    POST /images/{name:.*}/push
    POST /images/{name:.*}/tag
    POST /images/prune
    DELETE /images/{name:.*}
    GET /distribution/{name:.*}/json
    POST /auth`,
  ),

  ...rows('anyone', 'POST /build', build),
  ...rows(
    'anyone',
    `POST /build/prune
    POST /build/cancel
    POST /session
    POST /grpc`,
  ),

  ...rows('anyone', 'POST /networks/create', createNetwork),
  ...rows(
    'anyone',
    `GET /networks
    GET /networks/
    GET /networks/{id:.+}
    POST /networks/{id:.*}/connect
    POST /networks/{id:.*}/disconnect
    POST /networks/prune
    DELETE /networks/{id:.*}`,
  ),

  ...rows('anyone', 'POST /volumes/create', createVolume),
  ...rows(
    'anyone',
    `GET /volumes
    GET /volumes/{name:.*}
    POST /volumes/prune
    DELETE /volumes/{name:.*}`,
  ),
  // Cluster volumes only.
  ...rows('anyone', 'PUT /volumes/{name:.*}', swarm),

  ...rows(
    'anyone',
    `GET /_ping
    HEAD /_ping
    GET /events
    GET /info
    GET /version
    GET /system/df`,
  ),
  // For browsers; dockerd answers it without looking.
  ...rows('nobody', 'OPTIONS /{anyroute:.*}'),
  // net/http/pprof and expvar: memory and command line of dockerd.
  ...rows(
    'nobody',
    `* /debug/vars
    * /debug/pprof/
    * /debug/pprof/cmdline
    * /debug/pprof/profile
    * /debug/pprof/symbol
    * /debug/pprof/trace
    * /debug/pprof/{name}`,
  ),

  ...rows(
    'anyone',
    `GET /plugins
    GET /plugins/{name:.*}/json`,
  ),
  ...rows(
    'administrators',
    `GET /plugins/privileges
    DELETE /plugins/{name:.*}
    POST /plugins/{name:.*}/enable
    POST /plugins/{name:.*}/disable
    POST /plugins/pull
    POST /plugins/{name:.*}/push
    POST /plugins/{name:.*}/upgrade
    POST /plugins/{name:.*}/set
    POST /plugins/create`,
    plugin,
  ),

  ...rows('administrators', 'POST /swarm/init\nPOST /swarm/update', changeCluster),
  ...rows(
    'administrators',
    `POST /swarm/join
    GET /swarm/unlockkey
    POST /swarm/unlock
    DELETE /nodes/{id}
    POST /nodes/{id}/update`,
    swarm,
  ),
  // A swarm that was there before it was forbidden can be left.
  ...rows('administrators', 'POST /swarm/leave'),
  ...rows('anyone', 'POST /services/create\nPOST /services/{id}/update', changeService),
  ...rows(
    'anyone',
    `POST /secrets/create
    POST /secrets/{id}/update
    POST /configs/create
    POST /configs/{id}/update`,
    swarm,
  ),
  ...rows(
    'anyone',
    `GET /swarm
    GET /services
    GET /services/{id}
    DELETE /services/{id}
    GET /services/{id}/logs
    GET /nodes
    GET /nodes/{id}
    GET /tasks
    GET /tasks/{id}
    GET /tasks/{id}/logs
    GET /secrets
    GET /secrets/{id}
    DELETE /secrets/{id}
    GET /configs
    GET /configs/{id}
    DELETE /configs/{id}`,
  ),
];

const patterns = new Map(endpoints.map((endpoint) => [endpoint, pattern(endpoint.path)]));

/**
 * Rows that an address fits: which of them dockerd takes depends on the order in its routers, so all count.
 * @param path decoded, without the version
 */
export function endpointsFor(method: string, path: string): Endpoint[] {
  return endpoints.filter(
    (endpoint) =>
      (endpoint.method === '*' || endpoint.method === method) && patterns.get(endpoint)?.test(path),
  );
}

/** gorilla/mux, regexp.go: a variable without a pattern takes all but a slash. */
function pattern(path: string): RegExp {
  const parts = path.split(/\{([^}]*)\}/).map((part, index) => {
    if (index % 2 === 0) return part.replace(/[.*+?^$()[\]\\|]/g, '\\$&');
    const [, own] = part.split(':');
    return `(?:${own ?? '[^/]+'})`;
  });
  return new RegExp(`^${parts.join('')}$`, 's');
}
