import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { strictApiPolicy } from '../../policy/runtime/api.ts';
import type { Orders } from '../../policy/runtime/orders.ts';
import { strictRuntimePolicy } from '../../policy/runtime/policy.ts';
import { OrdersFile } from './orders.ts';

let path: string;

beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'bulkhead-orders-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  path = join(folder, 'orders.json');
});

function give(runtime: Partial<Orders['runtime']>): void {
  writeFileSync(
    `${path}.new`,
    JSON.stringify({ format: 1, runtime: { ...strictRuntimePolicy, ...runtime }, api: strictApiPolicy }),
  );
  renameSync(`${path}.new`, path);
}

test('the orders that were given last count, from the next decision on', () => {
  give({ plugins: false });
  const file = new OrdersFile(path);
  expect(file.current().runtime.plugins).toBe(false);
  give({ plugins: true });
  expect(file.current().runtime.plugins).toBe(true);
  for (let n = 0; n < 20; n++) {
    give({ pidsLimit: n + 1 });
    expect(file.current().runtime.pidsLimit).toBe(n + 1);
  }
});

test.each([
  ['none', undefined],
  ['half of them', '{"format":1,"runt'],
  [
    'orders with a member that is not known',
    JSON.stringify({ format: 1, runtime: { ...strictRuntimePolicy, x: 1 }, api: strictApiPolicy }),
  ],
])('with %s nothing is decided', (_, text) => {
  if (text !== undefined) writeFileSync(path, text);
  expect(() => new OrdersFile(path).current()).toThrow('the settings in force cannot be read');
});

test('orders that go away take effect too', () => {
  give({});
  const file = new OrdersFile(path);
  file.current();
  rmSync(path);
  expect(() => file.current()).toThrow('the settings in force cannot be read');
});
