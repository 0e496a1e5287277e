import { statSync } from 'node:fs';
import { budgets } from '../content.ts';
import { ImageError } from '../error.ts';
import type { RootTree } from '../tree/root-tree.ts';

const MIB = 1024 * 1024;

/** Uncompressed bytes by package, largest first. */
export function sizesByOrigin(tree: RootTree): [string, number][] {
  const sums = new Map<string, number>();
  for (const [, { source, origin }] of tree.files()) {
    const size = typeof source === 'string' ? statSync(source).size : source.length;
    sums.set(origin.name, (sums.get(origin.name) ?? 0) + size);
  }
  return [...sums].sort((a, b) => b[1] - a[1]);
}

/** A table of the largest parts, for a person. */
export function sizeTable(tree: RootTree, rows: number): string {
  const sizes = sizesByOrigin(tree);
  const rest = sizes.slice(rows).reduce((sum, [, size]) => sum + size, 0);
  return [...sizes.slice(0, rows), ['the rest', rest] as const]
    .map(([name, size]) => `  ${name.padEnd(28)}${mebibytes(size).padStart(9)}`)
    .join('\n');
}

export function mebibytes(bytes: number): string {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}

/** @throws {ImageError} `budget-exceeded` */
export function checkBudget(what: keyof typeof budgets, bytes: number, tree: RootTree): void {
  if (bytes <= budgets[what] * MIB) return;
  const hint = `the largest parts:\n${sizeTable(tree, 5)}`;
  throw new ImageError(
    'budget-exceeded',
    `${what} has ${mebibytes(bytes)}, allowed are ${budgets[what]} MiB`,
    hint,
  );
}
