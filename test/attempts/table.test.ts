import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { hasControl } from './attempt.ts';
import { classes, outcomesOf, type Row } from './row.ts';
import { batchesOf } from './suite/batches.ts';
import { rows } from './table.ts';

/** A row of the table in docs/attempts.md begins so. */
const documented = (document: string) =>
  [...document.matchAll(/^\| <a id="([^"]+)"><\/a>/gm)].map(([, id]) => id);

const otherRows = ({ tries }: Row) => tries.flatMap((each) => (each.kind === 'row' ? [each.id] : []));
const proofsOf = ({ tries }: Row) => tries.flatMap((each) => (each.kind === 'proof' ? [each.proof] : []));

test('ids are unique, and each class has rows', () => {
  expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  expect(new Set(rows.map((row) => row.class))).toEqual(new Set(classes));
});

test('every number from 1 on is there, without a gap, to 74 at least', () => {
  const numbers = rows.flatMap(({ id }) => (/^\d+$/.test(id) ? [Number(id)] : [])).sort((a, b) => a - b);
  expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  expect(numbers.length).toBeGreaterThanOrEqual(74);
});

describe.each(rows.map((row) => ({ ...row, row })))('row $id: $name', ({ row }) => {
  const outcomes = Object.values(outcomesOf(row));

  test('is tried, or proved where the row says', () => {
    expect(outcomes.length + proofsOf(row).length + otherRows(row).length).toBeGreaterThan(0);
    for (const id of otherRows(row)) expect(rows.map((other) => other.id)).toContain(id);
    for (const { file, test: name } of proofsOf(row)) {
      expect(existsSync(file), file).toBe(true);
      expect(readFileSync(file, 'utf8').replaceAll('\\n', ' '), `${file}: ${name}`).toContain(name);
    }
  });

  test('has a control that gets through, or a reason why there is none', () => {
    if (typeof row.control === 'string')
      expect(
        outcomes.length === 0 || outcomes.some(hasControl),
        'nothing in it differs with plain runc',
      ).toBe(true);
    else expect(outcomes.filter(hasControl)).toEqual([]);
    for (const { stock } of outcomes) {
      const reason =
        typeof stock === 'object' && !(stock instanceof RegExp) ? Object.values(stock)[0] : 'control';
      expect(reason).not.toBe('');
    }
  });

  test('has names that a script can tell apart', () => {
    const names = row.tries.flatMap((each) =>
      Object.keys('attempts' in each ? each.attempts : 'asks' in each ? each.asks : {}),
    );
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => /['=\n]/.test(name))).toEqual([]);
  });
});

test.each(['here', 'stock'] as const)('each row that is tried is in a batch (%s)', (where) => {
  const tried = new Set(batchesOf(rows, where).flatMap((batch) => batch.rows));
  const expected = rows
    .filter(({ tries }) => tries.some(({ kind }) => kind !== 'proof' && kind !== 'row'))
    .map(({ id }) => id);
  expect([...tried].sort()).toEqual(expected.sort());
});

test('docs/attempts.md has these rows and no others: `npm run attempts` writes it', () => {
  const ids = documented(readFileSync('docs/attempts.md', 'utf8'));
  expect(ids).toEqual(
    classes.flatMap((title) => rows.filter((row) => row.class === title).map(({ id }) => id.toLowerCase())),
  );
});
