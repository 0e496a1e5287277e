import { expect, test } from 'vitest';
import type { Outcome, Where } from '../attempt.ts';
import { inside, proof, type Row } from '../row.ts';
import { isFailure, judge, type Verdict } from './verdict.ts';

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

test('while services are killed, another refusal or none is no escape; an escape is one', () => {
  const verdict = (said: string | undefined) => judge(through, 'here', { one: said }, true).verdict;
  expect(verdict(undefined)).toBe('refused');
  expect(verdict('the warden did not answer: nothing was started')).toBe('refused');
  expect(verdict('ok')).toBe('escaped');
  expect(verdict('segmentation fault')).toBe('unexpected');
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
