import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { EngineClient } from '../../host/engine/client.ts';
import { connectEngine } from '../../host/engine/connect.ts';
import { HostError } from '../../host/errors.ts';
import { isolatedEnvironment, type MachinePaths, machinePaths } from '../../host/machine/paths.ts';
import { runningRecord } from '../../host/machine/record.ts';
import { type StartOptions, startMachine } from '../../host/machine/start.ts';
import { killMachine } from '../../host/machine/stop.ts';
import { QmpClient } from '../../host/qmp/client.ts';
import { engineClock } from './clock.ts';

export const ROOT = resolve(import.meta.dirname, '../..');
export const IMAGE = join(ROOT, 'dist');
export const CACHE = resolve(process.env.BULKHEAD_CACHE ?? join(ROOT, '.cache'));
const ARTEFACTS = join(ROOT, 'test/artefacts');
/** What no console may show, whatever the test's verdict. */
const ALARMS = /Kernel panic|BUG:|Oops:|UnhandledPromise|ExperimentalWarning/;
/** The answer takes a while; milliseconds. */
const CLOCK_IS_RIGHT = 5_000;
/** Before the calibration boot is done; milliseconds. */
const PATIENT = 600_000;

/**
 * Those that all files of the boot ring share: one for tests which do not change it for others, and the same with plain
 * runc and no guard: what is refused in the one must come through there.
 */
export type SharedVm = 'shared' | 'stock';

/** A VM for tests, in XDG folders of its own. */
export class TestVm {
  readonly name = 'test';
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly paths: MachinePaths;
  readonly #title: string;

  /** @param title names the folder of its artefacts @param folder of a VM that another process started */
  constructor(title: string, folder?: string) {
    this.#title = title;
    // short: a socket's path has at most 107 bytes (unix(7))
    this.folder = folder ?? mkdtempSync(join(tmpdir(), 'bht-'));
    this.env = { ...process.env, ...isolatedEnvironment(this.folder) };
    this.paths = machinePaths(this.name, this.env);
  }

  /** One retry of a boot that the emulator lost: see `reachedInit`. */
  async start(options: Partial<StartOptions> = {}): Promise<number> {
    const start = () =>
      startMachine({
        image: IMAGE,
        name: this.name,
        env: this.env,
        dockerContext: false,
        boot: 'direct', // firmware takes a quarter of a minute; the shared VM goes through it
        settings: {}, // not this machine's
        timeout: PATIENT,
        ...options,
      });
    try {
      return (await start()).readyAfter;
    } catch (error) {
      if (!(error instanceof HostError) || this.reachedInit()) throw error;
      await this.clear();
      return (await start()).readyAfter;
    }
  }

  engine(): Promise<EngineClient> {
    return connectEngine(this.paths);
  }

  console(): string {
    return existsSync(this.paths.console) ? readFileSync(this.paths.console, 'utf8') : '';
  }

  /**
   * Whether init has got beyond its control groups. Under multi-threaded TCG about one boot in twenty stops before: the
   * kernel says nothing, or stumbles over an int3 while it patches itself with several processors, as it does most often
   * at its start, and for the first control group.
   */
  reachedInit(): boolean {
    return /\] init: (?!Bulkhead )/.test(this.console());
  }

  /** Ends a VM that the emulator lost, and forgets what its kernel said. */
  async clear(): Promise<void> {
    await this.powerCut();
    rmSync(this.paths.console, { force: true });
  }

  async port(): Promise<number> {
    const record = await runningRecord(this.paths);
    if (record === undefined) throw new Error('the VM does not run');
    return record.port;
  }

  /** A command of QEMU's own (QMP). @returns its answer */
  async askQemu(command: string, args?: object): Promise<unknown> {
    const qmp = await QmpClient.connect(this.paths.qmp);
    try {
      return await qmp.execute(command, args);
    } finally {
      qmp.close();
    }
  }

  /** As the host's sleep: its processors stand still, and its clock. */
  async sleep(): Promise<void> {
    await this.askQemu('stop');
  }

  /** Goes on, if it slept, and waits until its clock is right again. @param patience milliseconds */
  async wake(patience: number): Promise<void> {
    const { running } = (await this.askQemu('query-status')) as { running: boolean };
    if (running) return;
    await this.askQemu('cont');
    const engine = await this.engine();
    for (const end = Date.now() + patience; ; await setTimeout(500)) {
      const clock = await engineClock(engine);
      if (Math.abs(clock - Date.now()) < CLOCK_IS_RIGHT) return;
      if (Date.now() > end)
        throw new Error(`after its sleep the clock of ${this.#title} is ${new Date(clock).toISOString()}`);
    }
  }

  /** As if the plug were pulled. */
  powerCut(): Promise<void> {
    return killMachine(this.paths);
  }

  /** Keeps the evidence, ends the VM. @throws when its console shows an alarm */
  async dispose(): Promise<void> {
    const alarm = ALARMS.exec(this.console())?.[0];
    const kept = join(ARTEFACTS, this.#title);
    mkdirSync(kept, { recursive: true });
    for (const path of [this.paths.console, this.paths.events, this.paths.qemuLog]) {
      if (existsSync(path)) cpSync(path, join(kept, path.slice(path.lastIndexOf('/') + 1)));
    }
    await this.powerCut();
    rmSync(this.folder, { recursive: true, force: true });
    if (alarm !== undefined) throw new Error(`the console of ${this.#title} shows '${alarm}': see ${kept}`);
  }
}
