import type { CommandList } from './commands.ts';

/** What a tool that asks the engine out of a container needs, and no more: for `dockerSocketMount`. */
export interface Preset {
  /** What it is for. */
  about: string;
  images: readonly string[];
  allowDerived?: true;
  commandList: CommandList;
  /** What somebody who takes over such a container can do with it, in a sentence or two. */
  opens: string;
  /** Which ports the tool publishes, and who misses them, as none is forwarded to the machine yet. */
  ports: string;
  /** What works differently here than with another engine, or needs a hand. */
  notes: readonly string[];
}

/** Whatever builds or tests: it makes containers, but publishes no images and changes nothing of the engine. */
const KEEPS_TO_ITSELF = ['push', 'login', 'plugin*', 'swarm*', 'service*', 'secret*', 'config*'];

const looking = [
  'ps',
  'images',
  'inspect',
  'info',
  'version',
  'events',
  'logs',
  'stats',
  'top',
  'df',
  'diff',
  'history',
];

export const presets = {
  testcontainers: {
    about: 'Testcontainers: its reaper (Ryuk) removes what a test run left behind',
    images: ['testcontainers/ryuk:*'],
    commandList: {
      type: 'allow',
      commands: [
        'ps',
        'inspect',
        'rm',
        'stop',
        'kill',
        'images',
        'rmi',
        'network*',
        'volume*',
        'prune',
        'info',
      ],
    },
    opens: 'Ryuk sees and removes all containers, images, networks and volumes. It makes no containers.',
    ports:
      'Tests talk to the reaper, and to what they test, by published ones: on your machine, forward that of the reaper (`TESTCONTAINERS_RYUK_PORT`) and theirs, or run the tests in a container.',
    notes: [
      'The tests themselves run on your machine and need no socket: they use the docker context, or DOCKER_HOST with DOCKER_CERT_PATH of `bulkhead certificate issue`.',
      'Tests that run in a container need a socket, too: list their image and what they do (`run`, `pull`, `exec`, …). No container reaches the engine by its port, certificate or not.',
      '`TESTCONTAINERS_DOCKER_SOCKET_OVERRIDE`, where it is set, must be /var/run/docker.sock.',
    ],
  },
  localstack: {
    about: 'LocalStack: runs functions (Lambda) and other services in containers of their own',
    images: ['localstack/localstack:*', 'localstack/localstack-pro:*'],
    commandList: { type: 'deny', commands: [...KEEPS_TO_ITSELF, 'build*', 'commit'] },
    opens: 'It makes, enters and removes any container, and reads what is in them and in volumes.',
    ports:
      'Clients use 4566, and 4510 to 4559 for services of their own: run them in a container on the same network, where its name and 4566 reach it.',
    notes: [
      'Containers that it makes are confined as any other: host paths and `--network=host` are refused.',
    ],
  },
  paketo: {
    about: 'Paketo and other buildpacks: `pack` hands its lifecycle the socket to export the image',
    images: [
      'paketobuildpacks/builder-jammy-tiny:*',
      'paketobuildpacks/builder-jammy-base:*',
      'paketobuildpacks/builder-jammy-full:*',
      'paketobuildpacks/builder-noble-java-tiny:*',
      'buildpacksio/lifecycle:*',
    ],
    allowDerived: true,
    commandList: {
      type: 'allow',
      commands: ['images', 'inspect', 'history', 'load', 'save', 'tag', 'pull', 'rmi', 'info'],
    },
    opens:
      'A build reads and replaces all images of the engine, also those of others. It makes no containers.',
    ports: 'A build publishes none. The image that it makes is as any other.',
    notes: [
      '`pack` makes a builder of its own from the one that is named: hence derived images.',
      '`pack` takes only the address from a docker context: give it DOCKER_HOST, DOCKER_TLS_VERIFY and DOCKER_CERT_PATH, as `bulkhead certificate issue` prints them, and no `--docker-host`.',
      '`blockDockerLoad` stops the export: use `pack build --publish` there, which needs no socket.',
    ],
  },
  act: {
    about: 'act: runs workflows of GitHub Actions; each job has the socket, for steps that use docker',
    images: ['catthehacker/ubuntu:*', 'node:*'],
    commandList: { type: 'deny', commands: KEEPS_TO_ITSELF },
    opens: 'Each step of each workflow makes, enters and removes any container, and builds images.',
    ports:
      'Those of `services` are published in the VM, so not at localhost of a step. A job with a `container` is on the network that act makes for services, and reaches them by their names.',
    notes: [
      'Jobs without a `container` ask for the network of the host, `services` or not, which is refused: `act --network bridge`.',
      'Workflows that need no docker are better off without: `act --container-daemon-socket -`, and no preset.',
      'A workflow that pushes images needs `push` and `login` taken off the list.',
    ],
  },
  devcontainers: {
    about: 'Dev containers with the feature docker-outside-of-docker',
    images: ['mcr.microsoft.com/devcontainers/base:*', 'mcr.microsoft.com/devcontainers/universal:*'],
    allowDerived: true,
    commandList: { type: 'deny', commands: KEEPS_TO_ITSELF },
    opens:
      'Whatever runs in the dev container, extensions of the editor included, makes, enters and removes any container.',
    ports:
      'An editor takes `forwardPorts` through `docker exec`, and needs none. `appPort`, and what containers publish that are made from inside, is in the VM.',
    notes: [
      'The image is built on your machine, from one that is listed: add the bases that you use.',
      'The feature docker-in-docker needs no socket and no preset: nested engines work confined.',
      'The feature moves the socket with `socat` to /var/run/docker-host.sock; that is inside of the container, and works.',
    ],
  },
  portainer: {
    about: 'Portainer, Traefik and other dashboards, to look only',
    images: ['portainer/portainer-ce:*', 'portainer/portainer-ee:*', 'portainer/agent:*', 'traefik:*'],
    commandList: {
      type: 'allow',
      commands: [
        ...looking,
        'network ls',
        'network inspect',
        'volume ls',
        'volume inspect',
        'service ls',
        'node ls',
      ],
    },
    opens:
      'It sees all containers with their environment variables and logs: secrets that are there, too. It changes nothing.',
    ports:
      'Its pages (Portainer: 9443 and 9000; Traefik: 80, 443 and 8080) are published ones, and so is all that Traefik serves: another container reaches them, your browser does not.',
    notes: [
      'Buttons that change something are refused, with a message that Portainer shows.',
      'One list of commands counts for all images: to let Portainer change things, another VM is the better place.',
    ],
  },
} as const satisfies Readonly<Record<string, Preset>>;

export type PresetName = keyof typeof presets;
export const presetNames = Object.keys(presets) as PresetName[];

/** `dockerSocketMount` of admin-settings.json. */
export interface SocketMount {
  imageList: { images: string[]; allowDerivedImages: boolean };
  commandList: { type: 'allow' | 'deny'; commands: string[] };
}

/** As it stands in admin-settings.json. */
export function socketMountOf({ images, allowDerived, commandList }: Preset): SocketMount {
  const { type, commands } = commandList;
  return {
    imageList: { images: [...images], allowDerivedImages: allowDerived === true },
    commandList: { type, commands: [...commands] },
  };
}

/**
 * Both together: images of either, and of commands what either lets through, as there is one list for all images.
 * @returns undefined when one allows by name and the other denies by name: a person must decide
 */
export function mergeSocketMounts(one: SocketMount, other: SocketMount): SocketMount | undefined {
  if (one.imageList.images.length === 0) return other;
  const { type } = one.commandList;
  if (type !== other.commandList.type) return undefined;
  const [first, second] = [one.commandList.commands, other.commandList.commands];
  const commands =
    type === 'allow' ? [...new Set([...first, ...second])] : first.filter((each) => second.includes(each));
  return {
    imageList: {
      images: [...new Set([...one.imageList.images, ...other.imageList.images])],
      allowDerivedImages: one.imageList.allowDerivedImages || other.imageList.allowDerivedImages,
    },
    commandList: { type, commands },
  };
}

/** docs/presets.md. Pure. */
export function presetsReference(): string {
  const list = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ');
  const sections = presetNames.map((name) => {
    const { about, images, commandList, opens, ports, notes, ...more }: Preset = presets[name];
    const verb = commandList.type === 'allow' ? 'Only' : 'All but';
    return `## ${name}

${about}.

| | |
| --- | --- |
| images | ${list(images)}${more.allowDerived ? ', and images built on them' : ''} |
| commands | ${verb} ${list(commandList.commands)} |
| what it opens | ${opens} |
| published ports | ${ports} |

${notes.map((note) => `- ${note}`).join('\n')}
`;
  });
  return `# Presets for the engine's socket in containers

<!-- Made from policy/docker-socket/presets.ts: change that, then \`npm run settings-docs\`. -->

\`bulkhead policy preset NAME\` prints what a tool needs of \`enhancedContainerIsolation.dockerSocketMount\`, and
\`bulkhead policy preset NAME --into FILE\` puts it into a document that is not signed yet. [api.md](api.md) says what such a
socket is. Without any of these no container has one.

Names of images count for images that were pulled from there. Where an organization has a mirror under another name, or builds
its own, list that name, or the image's id, instead.

Whatever a preset opens, containers that are made through such a socket are confined as any other, plugins and changes of a
swarm stay with administrators, and each refusal is in the log with the container's id.

Ports that containers publish are reached inside the VM, but not on your machine yet, unless QEMU is told on the VM's monitor to
forward one (\`hostfwd_add\`; [test/harness/testcontainers.ts](../test/harness/testcontainers.ts) does).

${sections.join('\n')}`;
}
