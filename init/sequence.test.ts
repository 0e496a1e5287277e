import { expect, test } from 'vitest';
import type { PhaseReport } from '../services/channel/protocol/methods.ts';
import { phases } from './boot.ts';
import { BootError } from './failure.ts';
import type { Machine } from './machine.ts';
import type { Phase } from './phase.ts';
import { checkPhases, Sequence } from './sequence.ts';

const machine = {} as Machine; // these phases use nothing of it

function phase(
  name: string,
  needs: string[],
  run: () => Promise<string> | string = () => '',
  policy?: 'continue',
): Phase {
  return { name, needs, run, onFailure: policy ?? 'hold' };
}

function observed(list: readonly Phase[]) {
  const seen: string[] = [];
  const held: string[] = [];
  let time = 0;
  const observer = {
    onPhase: ({ name, state }: PhaseReport) => void seen.push(`${name} ${state}`),
    onHold: ({ code }: { code: string }) => void held.push(code),
  };
  return { seen, held, sequence: new Sequence(list, observer, () => (time += 1)) };
}

const fails = (): never => {
  throw new BootError('mount-failed', 'no');
};

test('the boot of the VM is a list that can be run', () => {
  expect(() => checkPhases(phases)).not.toThrow();
});

test('checkPhases() refuses a phase that needs a later one, an unknown one or is there twice', () => {
  expect(() => checkPhases([phase('a', ['b']), phase('b', [])])).toThrow('a needs b');
  expect(() => checkPhases([phase('a', ['x'])])).toThrow('a needs x');
  expect(() => checkPhases([phase('a', []), phase('a', [])])).toThrow('twice');
});

test('phases that do not need each other overlap; one that needs them waits', async () => {
  let release = (_: string): void => undefined;
  const slow = new Promise<string>((resolve) => {
    release = resolve;
  });
  const { seen, sequence } = observed([
    phase('slow', [], () => slow),
    phase('quick', [], () => {
      setImmediate(() => release('done'));
      return 'done';
    }),
    phase('last', ['slow', 'quick']),
  ]);
  expect(await sequence.run(machine)).toEqual({ outcome: 'done' });
  expect(seen.indexOf('quick done')).toBeLessThan(seen.indexOf('slow done'));
  expect(seen.at(-1)).toBe('last done');
});

test('a failure that holds is told at once; what needs the phase is skipped, the rest still ends', async () => {
  const { seen, held, sequence } = observed([
    phase('a', [], fails),
    phase('b', ['a']),
    phase('c', ['b']),
    phase('d', []),
  ]);
  expect(await sequence.run(machine)).toMatchObject({ outcome: 'held', failure: { code: 'mount-failed' } });
  expect(held).toEqual(['mount-failed']);
  expect(seen).toContain('b skipped');
  expect(seen).toContain('c skipped');
  expect(seen).toContain('d done');
});

test('a failure with policy continue degrades, and does not stop what needs the phase', async () => {
  const { seen, held, sequence } = observed([phase('a', [], fails, 'continue'), phase('b', ['a'])]);
  expect(await sequence.run(machine)).toMatchObject({ outcome: 'degraded' });
  expect(held).toEqual([]);
  expect(seen).toContain('b done');
});

test('a shutdown preempts: nothing begins any more', async () => {
  const preempting = () => {
    sequence.preempt();
    return '';
  };
  const { seen, sequence } = observed([phase('a', [], preempting), phase('b', ['a'])]);
  expect(await sequence.run(machine)).toEqual({ outcome: 'preempted' });
  expect(seen).toContain('b skipped');
});
