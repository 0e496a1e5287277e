import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { buildImage } from '../build.ts';
import type { Flavour } from '../flavours.ts';
import { buildBundles } from './bundles.ts';

const root = resolve(import.meta.dirname, '../..');
const built = { version: '0', signing: 'development', publicKey: '' } as const;

async function hasProbe(flavour: Flavour): Promise<boolean> {
  const { bundles } = await buildBundles(root, { ...built, flavour });
  return [...bundles.values()].some((bundle) =>
    /org\.bulkhead\.test|libexec\/bulkhead\/busybox|ROOT SHELL/.test(String(bundle)),
  );
}

test('the root shell for tests is in the bundles of the flavours for tests, and not in those of the product', async () => {
  expect(await hasProbe('product')).toBe(false);
  expect(await hasProbe('test')).toBe(true);
  expect(await hasProbe('stock')).toBe(true);
}, 60_000);

test("Node's own modules are taken, not imported: builtin-modules.ts says what an import costs", async () => {
  const { bundles } = await buildBundles(root, { ...built, flavour: 'product' });
  for (const [path, bundle] of bundles) {
    expect(String(bundle).match(/\bfrom\s*["']node:\w+["']/g) ?? [], path).toEqual(
      // in the banner, for what is CommonJS
      ["from'node:module'"],
    );
  }
}, 60_000);

test('only an image that measures what checking costs goes without hashes, and the product is never that', async () => {
  const hashes = async (unverified: boolean) => {
    const { bundles } = await buildBundles(root, { ...built, flavour: 'test', unverified });
    return String(bundles.get('/usr/lib/bulkhead/digest.mjs')).includes('createHash');
  };
  expect(await hashes(false)).toBe(true);
  expect(await hashes(true)).toBe(false);
  const options = { root, out: '/nonexistent', cache: '/nonexistent', offline: true, refresh: false };
  const product = buildImage({ ...options, unverified: true, say: () => undefined });
  await expect(product).rejects.toMatchObject({ code: 'usage', message: expect.stringContaining('ships') });
}, 60_000);
