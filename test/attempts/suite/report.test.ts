import { expect, test } from 'vitest';
import { inside, type Row } from '../row.ts';
import { chaosSummary, isClean, type Report, renderReport, summary } from './report.ts';
import type { Result } from './verdict.ts';

const row: Row = {
  id: '7',
  name: 'a way | out',
  class: 'devices',
  how: '`x`',
  expectation: 'denied',
  defence: 'the kernel',
  control: 'it is had',
  tries: [inside('plain', { one: { line: 'true', here: 'no', stock: 'ok' } })],
};
const result = (where: Result['where'], verdict: Result['verdict']): Result => ({
  id: '7',
  where,
  verdict,
  answers: {},
  others: [],
});
const report = (more: Partial<Report> = {}): Report => ({
  format: 1,
  at: '',
  versions: { kernel: '7.3' },
  seconds: 1,
  here: [result('here', 'held')],
  stock: [result('stock', 'escaped')],
  findings: [],
  blind: [],
  ...more,
});
const change = { batch: 'b', rows: ['7'], change: 'files: + x' };

test.each<[string, Partial<Report>, string, boolean]>([
  ['all as it should be', {}, '1 attempts: 0 escaped (control: 1 escaped)', true],
  ['an escape', { here: [result('here', 'escaped')] }, '1 attempts: 1 escaped (control: 1 escaped)', false],
  [
    'a control that does not get through',
    { stock: [result('stock', 'unexpected')] },
    '1 attempts: 0 escaped (control: 0 escaped); 1 not as their row says',
    false,
  ],
  [
    'a change whatever was said',
    { findings: [change] },
    '1 attempts: 0 escaped (control: 1 escaped); 1 changes of the VM',
    false,
  ],
  [
    'an oracle that sees nothing',
    { blind: ['clock'] },
    '1 attempts: 0 escaped (control: 1 escaped); the oracle is blind for clock',
    false,
  ],
])('%s', (_, more, line, clean) => {
  expect(summary(report(more))).toBe(line);
  expect(isClean(report(more))).toBe(clean);
});

test('the table has a line for each row, which a bar in it does not break', () => {
  expect(renderReport([row], report())).toContain(
    '| <a id="7"></a>7 | **a way \\| out**<br>`x` | held: denied | escaped: it is had | the kernel |',
  );
});

test('what was tried again while services were killed is said, and what did not come up', () => {
  const chaos = {
    killed: { warden: 2, dockerd: 1 },
    again: ['7'],
    after: [],
    crowd: { asked: 9, ran: 5, unconfined: 1 },
    looks: 3,
  };
  expect(chaosSummary(report({ findings: [change] }), chaos)).toBe(
    '1 attempts while 3 services were killed: 0 escaped; 1 held (of them 1 tried again, 0 answered only after the last kill); ' +
      '0 by other tests; 5 containers ran of 9, 1 unconfined; 1 changes of the VM',
  );
});
