import { expect, test } from 'vitest';
import { Ring } from './ring.ts';

test('Ring keeps the newest lines within its bytes and counts what fell out', () => {
  const ring = new Ring(10);
  for (const [seq, line] of ['aaaa', 'bbbb', 'cccc'].entries()) ring.push(seq, line);
  expect([...ring.after(-1)]).toEqual(['bbbb', 'cccc']);
  expect(ring.dropped).toBe(1);
});

test('Ring drops a line longer than itself', () => {
  const ring = new Ring(3);
  ring.push(0, 'aaaa');
  expect([...ring.after(-1)]).toEqual([]);
});

test('Ring.after() leaves out what was read before', () => {
  const ring = new Ring(100);
  for (const [seq, line] of ['a', 'b', 'c'].entries()) ring.push(seq, line);
  expect([...ring.after(0)]).toEqual(['b', 'c']);
});
