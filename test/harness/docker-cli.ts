import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { dockerEnvironment } from '../../host/docker/cli.ts';
import { debianPrograms } from './debian-programs.ts';
import type { TestVm } from './vm.ts';

const PLUGINS = '/usr/libexec/docker/cli-plugins';
/** Milliseconds. */
const PATIENT = 600_000;

export interface RunOptions {
  input?: string | Buffer;
  /** milliseconds, ten minutes by default */
  timeout?: number;
  /** over what the VM gives */
  env?: Record<string, string>;
  cwd?: string;
  /** Also shows what it says while it runs: for what takes an hour. */
  shown?: boolean;
}

export interface Ended {
  /** exit code; 128 + n when signal n ended it */
  status: number;
  stdout: string;
  stderr: string;
}

export interface DockerCli {
  /** @throws when it has not ended after `timeout`, with what it said */
  run(args: readonly string[], options?: RunOptions): Promise<Ended>;
}

/** Debian trixie's docker command, with buildx and compose, against a VM. */
export function dockerCli(vm: TestVm): DockerCli {
  return dockerCliIn(vm.folder, vm.env, async () => dockerEnvironment(vm.paths, await vm.port()));
}

/**
 * The same against any engine.
 * @param folder holds the command's own configuration and nothing else of it
 * @param endpoint variables that lead to the engine, asked for at each run: a VM's port can change
 */
export function dockerCliIn(
  folder: string,
  env: NodeJS.ProcessEnv,
  endpoint: () => Promise<Record<string, string>>,
): DockerCli {
  return {
    async run(args, options = {}) {
      const tools = await unpackedDocker();
      const configuration = join(folder, 'docker-cli');
      mkdirSync(configuration, { recursive: true });
      const config = join(configuration, 'config.json');
      // with a login or another setting in it, it is a test's own
      if (!existsSync(config))
        writeFileSync(config, JSON.stringify({ cliPluginsExtraDirs: [join(tools, 'plugins')] }));
      const { DOCKER_CONTEXT: _, ...rest } = env; // it would win over DOCKER_HOST
      return execute(join(tools, 'docker'), args, {
        ...options,
        env: { ...rest, ...(await endpoint()), DOCKER_CONFIG: configuration, ...options.env },
      });
    },
  };
}

/** @returns a folder of the cache with `docker` and `plugins/` */
function unpackedDocker(): Promise<string> {
  return debianPrograms('docker', {
    docker: ['docker-cli', '/usr/bin/docker'],
    'plugins/docker-buildx': ['docker-buildx', `${PLUGINS}/docker-buildx`],
    'plugins/docker-compose': ['docker-compose', `${PLUGINS}/docker-compose`],
  });
}

function execute(
  program: string,
  args: readonly string[],
  { input, timeout = PATIENT, env, cwd, shown = false }: RunOptions & { env: NodeJS.ProcessEnv },
): Promise<Ended> {
  return new Promise((done, fail) => {
    // a process group of its own, so that plugins end with it
    const child = spawn(program, args, { env, cwd, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (part: Buffer) => out.push(part));
    child.stderr.on('data', (part: Buffer) => err.push(part));
    if (shown) for (const stream of [child.stdout, child.stderr]) stream.pipe(process.stderr, { end: false });
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      if (child.pid !== undefined) endGroup(child.pid);
      for (const stream of [child.stdout, child.stderr]) stream.destroy(); // should another process hold them
    }, timeout);
    child.once('error', (error) => {
      clearTimeout(timer);
      fail(error);
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      const [stdout, stderr] = [Buffer.concat(out).toString('utf8'), Buffer.concat(err).toString('utf8')];
      if (late) {
        fail(new Error(`docker ${args.join(' ')} did not end in ${timeout} ms\n${stdout}\n${stderr}`));
        return;
      }
      done({ status: code ?? 128 + (signal ? constants.signals[signal] : 0), stdout, stderr });
    });
    child.stdin.on('error', () => child.stdin.destroy()); // it ended before it had read all
    child.stdin.end(input);
  });
}

function endGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it ended just now
  }
}

/** What a configuration file could change of the engine, as one line. */
export async function engineFacts(docker: DockerCli): Promise<string> {
  const facts = [
    'Plugins',
    'Runtimes',
    'DefaultRuntime',
    'RegistryConfig',
    'SecurityOptions',
    'DockerRootDir',
  ];
  const { stdout } = await docker.run(['info', '-f', facts.map((fact) => `{{json .${fact}}}`).join(' ')]);
  if (!stdout.includes('"bulkhead"')) throw new Error(`docker info names no authorization plugin: ${stdout}`);
  return stdout;
}
