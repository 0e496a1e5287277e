import { describe, expect, it } from 'vitest';
import { outsidePath } from './command.mjs';
import { modulesMatch } from './modules.mjs';
import { isAtLeast, missingRequirements, REQUIREMENTS } from './requirements.mjs';
import { exitCodeOf, formatTally, sumTallies, tallyReport } from './tally.mjs';

describe('requirements', () => {
  it('are missing only for what is to be done', () => {
    const absent = new Set(['mmdebstrap', 'QEMU']);
    const missing = (...purposes: ('build' | 'run' | 'test')[]) =>
      missingRequirements(purposes, ({ name }) => !absent.has(name)).map(({ name }) => name);
    expect(missing('build')).toEqual([]);
    expect(missing('build', 'run')).toEqual(['QEMU']);
    expect(missing('test')).toEqual(['QEMU', 'mmdebstrap']);
  });

  it('can each be looked for, and have a reason', () => {
    for (const { command, file, succeeds, why, for: purposes } of REQUIREMENTS) {
      expect(command ?? file ?? succeeds).toBeTruthy();
      expect(why.length * purposes.length).toBeGreaterThan(0);
    }
  });

  it.each([
    ['20.15.0', true],
    ['20.14.9', false],
    ['22.0.0', true],
    ['18.20.0', false],
    ['26.10.0-nightly', true],
  ])('Node %s: %s', (version, enough) => {
    expect(isAtLeast(version, '20.15.0')).toBe(enough);
  });
});

describe('modulesMatch()', () => {
  const lock = {
    packages: {
      '': {},
      'node_modules/a': { version: '1', integrity: 'x' },
      'node_modules/b': { version: '1', optional: true },
    },
  };

  it.each([
    [
      'the same',
      { 'node_modules/a': { version: '1', integrity: 'x' }, 'node_modules/b': { version: '1' } },
      true,
    ],
    ['without an optional one', { 'node_modules/a': { version: '1', integrity: 'x' } }, true],
    ['another version', { 'node_modules/a': { version: '2', integrity: 'x' } }, false],
    ['another content', { 'node_modules/a': { version: '1', integrity: 'y' } }, false],
    ['one too many', { 'node_modules/a': { version: '1', integrity: 'x' }, 'node_modules/c': {} }, false],
    ['nothing', {}, false],
  ])('%s: %s', (_, packages, expected) => {
    expect(modulesMatch(lock, { packages })).toBe(expected);
  });
});

describe('tally', () => {
  const file = (status: string, ...tests: string[]) => ({
    status,
    assertionResults: tests.map((each) => ({ status: each })),
  });

  it('counts tests, and a file that does not load as a failure', () => {
    const report = {
      testResults: [
        file('passed', 'passed', 'skipped', 'todo'),
        file('failed', 'passed', 'failed'),
        file('failed'),
      ],
    };
    const failures = [expect.any(String), expect.any(String)];
    expect(tallyReport(report)).toEqual({ passed: 2, failed: 2, skipped: 2, failures });
  });

  it('says what failed and why, in a few lines', () => {
    const failureMessages = [`Error: no\n${'  at x\n'.repeat(100)}`];
    const test = { status: 'failed', fullName: 'a b', failureMessages };
    const report = {
      testResults: [
        { name: '/x.test.ts', status: 'failed', assertionResults: [test] },
        { name: '/y.test.ts', status: 'failed', message: 'a hook threw', assertionResults: [] },
      ],
    };
    const { failures = [] } = tallyReport(report);
    expect(failures[0]).toMatch(/^\/x\.test\.ts: a b\n {4}Error: no\n(?: +at x\n?){29}$/);
    expect(failures[1]).toBe('/y.test.ts\n    a hook threw');
    expect(sumTallies([{ passed: 1, failed: 0, skipped: 0 }, tallyReport(report)]).failures).toEqual(
      failures,
    );
  });

  it('prints what the continuous integration reads', () => {
    expect(formatTally({ passed: 3, failed: 0, skipped: 0 })).toBe('3 passed, 0 failed');
    const sum = sumTallies([
      { passed: 1, failed: 1, skipped: 1 },
      { passed: 2, failed: 0, skipped: 0 },
    ]);
    expect(formatTally(sum)).toBe('3 passed, 1 failed, 1 skipped');
  });

  it('takes nothing for no success', () => {
    expect(exitCodeOf({ passed: 0, failed: 0, skipped: 5 })).toBe(1);
    expect(exitCodeOf({ passed: 5, failed: 1, skipped: 0 })).toBe(1);
    expect(exitCodeOf({ passed: 5, failed: 0, skipped: 0 })).toBe(0);
  });
});

it('outsidePath() drops what npm put before PATH', () => {
  expect(outsidePath('/x/node_modules/.bin:/usr/bin:/node_modules/.bin:/bin')).toBe('/usr/bin:/bin');
});
