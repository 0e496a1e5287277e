import { resolve } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { buildImage } from '../build.ts';
import type { Flavour } from '../flavours.ts';
import { buildBundles } from './bundles.ts';

const root = resolve(import.meta.dirname, '../..');
const built = { version: '0', signing: 'development', publicKey: '' } as const;

const product = buildBundles(root, { ...built, flavour: 'product' });

async function hasProbe(flavour: Flavour): Promise<boolean> {
  const { bundles } = await (flavour === 'product' ? product : buildBundles(root, { ...built, flavour }));
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
  const { bundles } = await product;
  for (const [path, bundle] of bundles) {
    expect(
      String(bundle).match(/\b(from|import)\s*["']\w[\w:/]*["']|\brequire\(["'].{40}/g),
      path,
    ).toBeNull();
    expect(String(bundle), path).toContain('process.getBuiltinModule("node:fs")');
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
  const shipped = buildImage({ ...options, unverified: true, say: () => undefined });
  await expect(shipped).rejects.toMatchObject({ code: 'usage', message: expect.stringContaining('ships') });
}, 60_000);

/** Files of npm packages and of ours that a bundle has something of. */
const kept = ({ outputs }: Metafile): string[] =>
  Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : [])),
  );

/** What a bundle has of zod beyond policy/zod.ts: the API with methods and who imports it, words of other languages. */
function zodBeyond(metafile: Metafile): string[] {
  const files = kept(metafile).filter((file) => /\/zod\/.*\/(classic\/|locales\/(?!en\.js))/.test(file));
  if (files.length === 0) return [];
  const importers = Object.entries(metafile.inputs).filter(
    ([file, { imports }]) =>
      !/^policy\/zod\.ts$|node_modules\/zod\//.test(file) &&
      imports.some(({ path }) => path.includes('node_modules/zod/')),
  );
  return [...importers.map(([file]) => `${file} imports`), ...files];
}

describe('of zod', () => {
  test('the programs of the VM have only the functional API, in English', async () => {
    const { metafiles } = await product;
    const inEnglish = [...metafiles.values()].filter((metafile) =>
      kept(metafile).includes('node_modules/zod/v4/locales/en.js'),
    );
    expect(inEnglish).toHaveLength(4);
    for (const [path, metafile] of metafiles) expect(zodBeyond(metafile), path).toEqual([]);
  }, 60_000);

  test.each([
    {
      line: "import * as z from 'zod'",
      found: ['some.ts imports', 'node_modules/zod/v4/classic/schemas.js'],
    },
    { line: "import { z } from './policy/zod.ts'", found: ['node_modules/zod/v4/locales/de.js'] },
  ])('more is found: $line', async ({ line, found }) => {
    const contents = `${line}; console.log(z.string().safeParse(1));`;
    const stdin = { contents, resolveDir: root, sourcefile: 'some.ts' };
    const options = {
      absWorkingDir: root,
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
    } as const;
    expect(zodBeyond((await build({ ...options, stdin })).metafile)).toEqual(expect.arrayContaining(found));
  });
});
