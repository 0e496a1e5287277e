import { createHash } from 'node:crypto';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';

/** Where everything of one VM lies. */
export interface MachinePaths {
  readonly name: string;
  /** Kept until `delete`: disk, certificates, settings. Below XDG_DATA_HOME. */
  readonly data: string;
  /** Logs of the last boots. Below XDG_STATE_HOME. */
  readonly state: string;
  /** Sockets and the process record. Below XDG_RUNTIME_DIR, or /tmp where that is missing or too long. */
  readonly runtime: string;
  readonly dataDisk: string;
  /** What the VM remembers: settings in force, versions seen. */
  readonly stateDisk: string;
  readonly settings: string;
  /** Whose images it takes. */
  readonly imageKeys: string;
  readonly authority: string;
  readonly lock: string;
  readonly events: string;
  readonly console: string;
  readonly qemuLog: string;
  readonly control: string;
  readonly qmp: string;
  readonly pidFile: string;
  /** A copy for one run: what the firmware changes is forgotten. */
  readonly firmwareVariables: string;
  readonly record: string;
  /** Docker's client configuration: DOCKER_CONFIG or ~/.docker. */
  readonly dockerConfig: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** unix(7): sun_path holds 108 bytes, the closing zero included. */
const MAX_SOCKET_PATH = 107;

/** The XDG base directories (https://specifications.freedesktop.org/basedir-spec) of one VM. Touches nothing. */
export function machinePaths(name: string, env: Environment = process.env): MachinePaths {
  const data = join(baseDirectory(env, 'XDG_DATA_HOME', '.local/share'), 'bulkhead', name);
  const state = join(baseDirectory(env, 'XDG_STATE_HOME', '.local/state'), 'bulkhead', name);
  const runtime = runtimeDirectory(name, data, env);
  return {
    name,
    data,
    state,
    runtime,
    dataDisk: join(data, 'data.img'),
    stateDisk: join(data, 'state.img'),
    settings: join(data, 'machine.json'),
    imageKeys: join(data, 'image-keys.json'),
    authority: join(data, 'certificates'),
    lock: join(data, 'lock'),
    events: join(state, 'events.log'),
    console: join(state, 'console.log'),
    qemuLog: join(state, 'qemu.log'),
    control: join(runtime, 'control.sock'),
    qmp: join(runtime, 'qmp.sock'),
    pidFile: join(runtime, 'qemu.pid'),
    firmwareVariables: join(runtime, 'firmware-variables.fd'),
    record: join(runtime, 'running.json'),
    dockerConfig: env.DOCKER_CONFIG || join(home(env), '.docker'),
  };
}

/** The folder that holds a folder for each VM, by name. */
export function machinesDirectory(env: Environment = process.env): string {
  return join(baseDirectory(env, 'XDG_DATA_HOME', '.local/share'), 'bulkhead');
}

/** Variables that keep VMs, their logs and docker contexts below `directory`, apart from the user's own. */
export function isolatedEnvironment(directory: string): Record<string, string> {
  return {
    XDG_DATA_HOME: join(directory, 'data'),
    XDG_STATE_HOME: join(directory, 'state'),
    XDG_RUNTIME_DIR: join(directory, 'run'),
    DOCKER_CONFIG: join(directory, 'docker'),
  };
}

function runtimeDirectory(name: string, data: string, env: Environment): string {
  const given = env.XDG_RUNTIME_DIR;
  if (given?.startsWith('/')) {
    const directory = join(given, 'bulkhead', name);
    if (Buffer.byteLength(join(directory, 'control.sock')) <= MAX_SOCKET_PATH) return directory;
  }
  // Named after the data directory, so that VMs of one name in two XDG trees do not meet here.
  const mark = createHash('sha256').update(data).digest('hex').slice(0, 12);
  return join(`/tmp/bulkhead-${userInfo().uid}`, mark);
}

function baseDirectory(env: Environment, variable: string, fallback: string): string {
  const value = env[variable];
  // "All paths set in these environment variables must be absolute": relative ones are to be ignored.
  return value?.startsWith('/') ? value : join(home(env), fallback);
}

function home(env: Environment): string {
  return env.HOME || homedir();
}
