import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { dockerEnvironment } from '../../host/docker/cli.ts';
import { deadline } from './deadline.ts';
import { ROOT, type TestVm } from './vm.ts';

/** What a test run with testcontainers found. */
export type Session =
  | {
      /** id of what it started */
      container: string;
      /** the page that it serves, read by its published port */
      served: string;
      copied: string;
    }
  | { refused: string };

export interface SessionOptions {
  /** what is started: with a shell, httpd and sleep */
  image: string;
  /** what is taken for testcontainers' reaper */
  ryuk: string;
  /** of this machine, for the container and its reaper; `forwardPorts` opens them */
  ports?: readonly [container: number, reaper: number];
}

/** @returns what a test run found, and how to kill it without a chance to clean up */
export async function testcontainers(
  vm: TestVm,
  { image, ryuk, ports: [port, reaper] = [1, 1] }: SessionOptions,
): Promise<{ session: Session; kill(): Promise<void> }> {
  const args = [
    '--import',
    'tsx',
    join(import.meta.dirname, 'testcontainers-session.ts'),
    image,
    String(port),
  ];
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      HOME: vm.folder, // its own configuration, and docker's
      TMPDIR: vm.folder, // its lock
      ...dockerEnvironment(vm.paths, await vm.port()),
      RYUK_CONTAINER_IMAGE: ryuk,
      TESTCONTAINERS_RYUK_PORT: String(reaper),
      TESTCONTAINERS_RYUK_RECONNECTION_TIMEOUT: '3s', // the end of a connection is taken for that of a run then
    },
  });
  const errors = text(child.stderr);
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null || !child.kill('SIGKILL')) return;
    await once(child, 'exit');
  };
  const late = setTimeout(() => void kill(), deadline(8));
  try {
    for await (const line of createInterface(child.stdout))
      return { session: JSON.parse(line) as Session, kill };
    throw new Error(`the test run said nothing: ${await errors}`);
  } finally {
    clearTimeout(late);
  }
}

/** Opens ports of this machine to the same ones of the VM, until it stops: the launcher does not do that yet. */
export async function forwardPorts(vm: TestVm, ...ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    const line = `hostfwd_add net tcp:127.0.0.1:${port}-:${port}`;
    const said = await vm.askQemu('human-monitor-command', { 'command-line': line });
    if (said !== '') throw new Error(`QEMU says to ${line}: ${String(said)}`);
  }
}
