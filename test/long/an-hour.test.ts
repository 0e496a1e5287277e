import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { ServiceDefinition } from '../../services/supervisor/definition.ts';
import { Compiled } from '../sandbox/compile.ts';
import { Sandbox } from '../sandbox/sandbox.ts';

const HOUR = 3_600_000;
/** Milliseconds between two looks. */
const PAUSE = 60_000;
const MIB = 2 ** 20;
const root = join(import.meta.dirname, '../..');

/** A service that floods PID 1 with all it listens to, leaves orphans, crashes, and is started again a second later. */
function load(executable: string): ServiceDefinition {
  const floods = ['orphans', '300', 'flood', '20000', 'notify-flood', '200', 'notify', 'READY=1'];
  return {
    ...{ name: 'load', executable, args: [...floods, 'exit', '1'], env: {}, requires: [], after: [] },
    ...{ readiness: { kind: 'notify' }, restart: 'always', uid: 0, gid: 0, capabilities: [] },
    ...{ noNewPrivileges: true, oomScoreAdj: 0, limits: { openFiles: 256 }, delegate: false },
    ...{ timeouts: { start: 60_000, stop: 1000 }, stopSignal: 'SIGTERM', leftovers: 'kill' },
  };
}

test(
  'during an hour of load PID 1 never has more than 16 MiB of its own, nor 55 resident',
  async () => {
    const compiled = new Compiled();
    const launch = compiled.build(join(root, 'init/launch/launch.c'));
    const actor = compiled.build(join(root, 'test/sandbox/actor.c'));
    const sandbox = await Sandbox.start([launch, actor]);
    try {
      sandbox.send({ do: 'start', definitions: [load(actor)] });
      const seen: { anonymous: number; resident: number }[] = [];
      for (const end = Date.now() + HOUR; Date.now() < end; ) {
        await sleep(PAUSE);
        sandbox.forget();
        sandbox.send({ do: 'memory' });
        const { anonymous, resident } = await sandbox.waitFor('memory', () => true);
        seen.push({ anonymous, resident });
        console.log(`${(anonymous / MIB).toFixed(1)} MiB anonymous, ${(resident / MIB).toFixed(1)} resident`);
      }
      const { restarts } = (await sandbox.waitFor('service', () => true)).report; // the next start or end
      console.log(`started again ${restarts} times`);
      expect(restarts).toBeGreaterThan(1000);
      expect(Math.max(...seen.map((look) => look.anonymous))).toBeLessThan(16 * MIB);
      expect(Math.max(...seen.map((look) => look.resident))).toBeLessThan(55 * MIB);
    } finally {
      await sandbox.end();
      compiled.remove();
    }
  },
  2 * HOUR,
);
