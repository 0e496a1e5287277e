/**
 * docker's commands, as `dockerSocketMount.commandList` names them, and what they ask the engine for: rows of the
 * authorization's table, as METHOD and path. `own`: denying the command refuses these. `uses`: allowing it opens these too.
 */
interface Command {
  own: readonly string[];
  uses?: readonly string[];
}

const INSPECT = 'GET /containers/{name:.*}/json';
const LIST = 'GET /containers/json';
const START = 'POST /containers/{name:.*}/start';
const ATTACH = ['POST /containers/{name:.*}/attach', 'GET /containers/{name:.*}/attach/ws'];
const WAIT = 'POST /containers/{name:.*}/wait';
const RESIZE = 'POST /containers/{name:.*}/resize';
const STREAM = [...ATTACH, WAIT, RESIZE, 'POST /containers/{name:.*}/kill', INSPECT, 'GET /events'];
const CREATE = 'POST /containers/create';
const REMOVE = 'DELETE /containers/{name:.*}';
const IMAGE = 'GET /images/{name:.*}/json';
const BUILD = ['POST /build', 'POST /session', 'POST /grpc', 'POST /build/cancel'];

/** By the name on the command line, without `container`, `image` and so on where docker has a short form. */
const single: Readonly<Record<string, Command>> = {
  attach: { own: ATTACH, uses: STREAM },
  build: { own: BUILD, uses: ['POST /images/{name:.*}/tag', IMAGE] },
  commit: { own: ['POST /commit'] },
  cp: {
    own: ['GET', 'PUT', 'HEAD'].map((method) => `${method} /containers/{name:.*}/archive`),
    uses: [INSPECT],
  },
  create: { own: [CREATE], uses: ['POST /images/create', IMAGE] },
  diff: { own: ['GET /containers/{name:.*}/changes'] },
  events: { own: ['GET /events'] },
  exec: {
    own: ['POST /containers/{name:.*}/exec', 'POST /exec/{name:.*}/start'],
    uses: ['POST /exec/{name:.*}/resize', 'GET /exec/{id:.*}/json', INSPECT],
  },
  export: { own: ['GET /containers/{name:.*}/export'] },
  history: { own: ['GET /images/{name:.*}/history'] },
  images: { own: ['GET /images/json'] },
  import: { own: ['POST /images/create'] },
  info: { own: ['GET /info'] },
  inspect: {
    own: [INSPECT, IMAGE],
    uses: [
      'GET /networks/{id:.+}',
      'GET /volumes/{name:.*}',
      'GET /services/{id}',
      'GET /nodes/{id}',
      'GET /tasks/{id}',
    ],
  },
  kill: { own: ['POST /containers/{name:.*}/kill'] },
  load: { own: ['POST /images/load'] },
  login: { own: ['POST /auth'] },
  logs: { own: ['GET /containers/{name:.*}/logs'], uses: [INSPECT] },
  pause: { own: ['POST /containers/{name:.*}/pause'] },
  port: { own: [], uses: [INSPECT] },
  ps: { own: [LIST] },
  pull: { own: ['POST /images/create'], uses: ['GET /distribution/{name:.*}/json', IMAGE] },
  push: { own: ['POST /images/{name:.*}/push'] },
  rename: { own: ['POST /containers/{name:.*}/rename'] },
  restart: { own: ['POST /containers/{name:.*}/restart'] },
  rm: { own: [REMOVE] },
  rmi: { own: ['DELETE /images/{name:.*}'] },
  run: { own: [CREATE], uses: [START, ...STREAM, REMOVE, 'POST /images/create', IMAGE] },
  save: { own: ['GET /images/get', 'GET /images/{name:.*}/get'] },
  search: { own: ['GET /images/search'] },
  start: { own: [START], uses: STREAM },
  stats: { own: ['GET /containers/{name:.*}/stats'], uses: [LIST, 'GET /events'] },
  stop: { own: ['POST /containers/{name:.*}/stop'] },
  tag: { own: ['POST /images/{name:.*}/tag'] },
  top: { own: ['GET /containers/{name:.*}/top'] },
  unpause: { own: ['POST /containers/{name:.*}/unpause'] },
  update: { own: ['POST /containers/{name:.*}/update'] },
  version: { own: ['GET /version'] },
  wait: { own: [WAIT] },
  prune: {
    own: ['containers', 'images', 'networks', 'volumes', 'build'].map((what) => `POST /${what}/prune`),
  },
  df: { own: ['GET /system/df'] },
  'network ls': { own: ['GET /networks', 'GET /networks/'] },
  'network inspect': { own: ['GET /networks/{id:.+}'] },
  'volume ls': { own: ['GET /volumes'] },
  'volume inspect': { own: ['GET /volumes/{name:.*}'] },
  'service ls': { own: ['GET /services'], uses: ['GET /tasks'] },
  'node ls': { own: ['GET /nodes'] },
};

/** Every row that begins so: a group takes them all. */
const groups: Readonly<Record<string, RegExp>> = {
  container: /^\w+ \/(containers|exec|commit)\b/,
  image: /^\w+ \/(images|distribution)\b/,
  volume: /^\w+ \/volumes\b/,
  network: /^\w+ \/networks\b/,
  build: /^\w+ \/(build|session|grpc)\b/,
  system: /^\w+ \/(events|info|version|system|_ping)\b/,
  plugin: /^\w+ \/plugins\b/,
  swarm: /^\w+ \/(swarm|nodes)\b/,
  service: /^\w+ \/(services|tasks)\b/,
  secret: /^\w+ \/secrets\b/,
  config: /^\w+ \/configs\b/,
};

/** What every client asks first: no list takes it away. */
const ALWAYS: readonly string[] = ['GET /_ping', 'HEAD /_ping', 'GET /version'];

export interface CommandList {
  type: 'allow' | 'deny';
  commands: readonly string[];
}

/** `container`, `container*`, `containers` and `containers*`: the same group. `images` alone is docker's command. */
function groupOf(name: string): RegExp | undefined {
  const group = name.replace(/\*$/, '').replace(/s$/, '');
  return Object.hasOwn(groups, group) ? groups[group] : undefined;
}

export function isCommandName(name: string): boolean {
  return Object.hasOwn(single, name) || groupOf(name) !== undefined;
}

/** Those that a person may write, for messages. */
export const commandNames: readonly string[] = [
  ...Object.keys(single),
  ...Object.keys(groups).map((name) => `${name}*`),
].sort();

/** Whether a list lets a container ask for these rows of the table. @param rows those that the request fits */
export function permits({ type, commands }: CommandList, rows: readonly string[]): boolean {
  return rows.every((row) => {
    if (ALWAYS.includes(row)) return true;
    const named = commands.some((name) => {
      const command = Object.hasOwn(single, name) ? single[name] : undefined;
      if (command === undefined) return groupOf(name)?.test(row) === true;
      return command.own.includes(row) || (type === 'allow' && command.uses?.includes(row) === true);
    });
    return type === 'allow' ? named : !named;
  });
}

/** For the test that each is a row of the table. */
export const rowsOfCommands: readonly string[] = Object.values(single).flatMap(({ own, uses = [] }) => [
  ...own,
  ...uses,
]);
