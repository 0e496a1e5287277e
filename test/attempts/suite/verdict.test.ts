import { expect, test } from 'vitest';
import type { Outcome, Where } from '../attempt.ts';
import { asks, inside, onlyFor, outcomesOf, proof, type Row } from '../row.ts';
import { disturbed, isFailure, judge, settled, type Verdict } from './verdict.ts';

const rowOf = (stock: Outcome['stock']): Row => ({
  id: '1',
  name: 'a way out',
  class: 'devices',
  how: '',
  expectation: '',
  defence: '',
  control: '',
  tries: [inside('plain', { one: { line: 'true', here: /denied/, stock } })],
});
const through = rowOf('ok');
const same = rowOf({ same: 'closed for everybody' });
const untried = rowOf({ untried: 'it has none' });

test.each<[string, Row, Where, string | undefined, Verdict, boolean]>([
  ['what must be said is said', through, 'here', 'permission denied', 'held', false],
  ['what plain runc says is said', through, 'here', 'ok', 'escaped', true],
  ['something else is said', through, 'here', 'segmentation fault', 'unexpected', true],
  ['nothing is said', through, 'here', undefined, 'unexpected', true],
  ['the control gets through', through, 'stock', 'ok', 'escaped', false],
  ['the control is refused', through, 'stock', 'permission denied', 'unexpected', true],
  ['the control is refused as it must be', same, 'stock', 'permission denied', 'same', false],
  ['the control gets through where it must not', same, 'stock', 'ok', 'unexpected', true],
  ['there is no control', untried, 'stock', undefined, 'untried', false],
  ['there is no control, but an answer here', untried, 'here', 'ok', 'unexpected', true],
])('%s', (_, row, where, said, verdict, fails) => {
  const result = judge(row, where, { one: said });
  expect(result.verdict).toBe(verdict);
  expect(isFailure(result)).toBe(fails);
  expect(result.others.length > 0).toBe(fails);
});

test.each<[string, Row, string | undefined, boolean]>([
  ['no answer is tried again', through, undefined, true],
  ['so is what is said of a service that is away', through, 'the warden did not answer: not started', true],
  ['what must be said is not', through, 'permission denied', false],
  ['nor is what got through', through, 'ok', false],
  ['nor silence, which can be a way out of a row without control', untried, '', false],
  ['nor anything else', through, 'segmentation fault', false],
])('while services are killed, %s', (_, row, said, again) => {
  expect([...disturbed(row, { one: said })]).toEqual(again ? ['one'] : []);
});

test.each<[string, Row, string | undefined, string, string]>([
  ['the first real answer counts', through, 'permission denied', 'segmentation fault', 'permission denied'],
  ['none is none', through, undefined, 'permission denied', 'permission denied'],
  ['an engine that is away says nothing', through, 'ECONNRESET', 'permission denied', 'permission denied'],
  ['what got through later got through', through, 'permission denied', 'ok', 'ok'],
  ['what got through once got through', through, 'ok', 'permission denied', 'ok'],
  [
    'without a control, what must be said',
    untried,
    'permission denied',
    'permission denied',
    'permission denied',
  ],
  ['without one, and a service away', untried, 'permission denied', 'ECONNRESET', 'permission denied'],
  ['without one, anything else can be a way out', untried, 'permission denied', '', ''],
  ['without one, that stays so', untried, '', 'permission denied', ''],
])('tried twice: %s', (_, row, first, second, said) => {
  const outcome = outcomesOf(row).one as Outcome;
  expect(settled(outcome, first, second)).toBe(said);
});

test('what is tried again is what was disturbed, and what shares a container with it', () => {
  const attempt = { line: '', here: 'no', stock: 'ok' };
  const ask = { ask: async () => 'no', here: 'no', stock: 'ok' };
  const row: Row = {
    ...through,
    tries: [
      inside('plain', { a: attempt, b: attempt }),
      inside('strong', { c: attempt }),
      asks({ d: ask, e: ask }),
    ],
  };
  expect(Object.keys(outcomesOf(onlyFor(row, new Set(['b', 'e']))))).toEqual(['a', 'b', 'e']);
  expect(onlyFor(row, new Set()).tries).toEqual([]);
});

test('one attempt of many that gets through is an escape', () => {
  const attempts = { a: { line: '', here: 'no', stock: 'ok' }, b: { line: '', here: 'no', stock: 'ok' } };
  const row: Row = { ...through, tries: [inside('plain', attempts)] };
  expect(judge(row, 'here', { a: 'no', b: 'ok' }).verdict).toBe('escaped');
});

test('what a boot test proves has no answers', () => {
  const row: Row = { ...through, tries: [proof('test/boot/x.test.ts', 'x')] };
  expect(judge(row, 'here', {}).verdict).toBe('proved');
});
