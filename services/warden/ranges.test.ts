import { describe, expect, it } from 'vitest';
import { FIRST_BASE, RANGE } from './messages.ts';
import { Ranges, rangeOf, rangesInUse } from './ranges.ts';

describe('Ranges', () => {
  it('begins where users of ECI expect it, and gives the next container another range', () => {
    const ranges = new Ranges(() => new Set());
    expect([ranges.take(), ranges.take()]).toEqual([100_000, 165_536]);
  });

  it('does not give what the kernel shows in use', () => {
    expect(new Ranges(() => new Set([0, 1, 3])).take()).toBe(FIRST_BASE + 2 * RANGE);
  });

  it('does not give a range again while a container is made with it', () => {
    const ranges = new Ranges(() => new Set());
    const taken = new Set(Array.from({ length: 65_535 }, () => ranges.take()));
    taken.delete(undefined);
    expect(taken.size).toBe(65_534);
    expect(ranges.take()).toBeUndefined();
  });

  it('goes through all others before it gives a freed one again, and asks the kernel then', () => {
    let asked = 0;
    const ranges = new Ranges(() => {
      asked += 1;
      return new Set(asked > 1 ? [0] : []);
    });
    for (let n = 0; n < 65_534; n++) ranges.release(ranges.take() ?? 0);
    expect(asked).toBe(1);
    expect(ranges.take()).toBe(FIRST_BASE + RANGE);
    expect(asked).toBe(2);
  });

  it('holds no id that does not fit into 32 bits', () => {
    expect(rangeOf(2 ** 32 - 1)).toBeUndefined();
    expect(rangeOf(99_999)).toBeUndefined();
    expect(rangeOf(FIRST_BASE + 65_534 * RANGE)).toBeUndefined();
    expect(FIRST_BASE + 65_534 * RANGE).toBeGreaterThan(2 ** 32 - 1 - RANGE);
  });
});

it.each([
  ['the VM itself', '         0          0 4294967295\n', []],
  ['a container', '         0     165536      65536\n', [1]],
  ['a nested namespace of several lines', '0 100000 1000\n1000 231072 5\n', [0, 2]],
  ['a process that ended', '', []],
])('rangesInUse() understands the map of %s', (_, map, expected) => {
  expect([...rangesInUse([map])]).toEqual(expected);
});
