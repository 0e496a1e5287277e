import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gatherSettings } from './gather.ts';
import type { AdminPlaces } from './places.ts';

let root: string;
let places: AdminPlaces;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'bh-settings-'));
  places = {
    folders: [join(root, 'etc/bulkhead'), join(root, 'usr/desktop')],
    owner: process.getuid?.(),
    root,
  };
});
afterEach(() => rmSync(root, { recursive: true }));

function put(path: string, text: string, mode = 0o644): void {
  const file = join(root, path);
  mkdirSync(join(file, '..'), { recursive: true, mode: 0o755 });
  writeFileSync(file, text);
  chmodSync(file, mode);
}
const gather = () => gatherSettings(places, join(root, 'home/settings.json'));
const warned = async () => (await gather()).warnings.map(({ text }) => text.replaceAll(root, ''));

describe('gatherSettings()', () => {
  it('finds nothing where nothing is, and requires nothing', async () => {
    expect(await gather()).toEqual({ warnings: [] });
  });

  it("takes ours before Docker Desktop's, with the signature beside it", async () => {
    for (const folder of ['etc/bulkhead', 'usr/desktop']) {
      put(`${folder}/admin-settings.json`, folder);
      put(`${folder}/admin-settings.json.minisig`, 'signature');
    }
    expect(await gather()).toEqual({
      admin: { bytes: Buffer.from('etc/bulkhead'), signature: 'signature' },
      required: true,
      warnings: [],
    });
    rmSync(join(root, 'etc'), { recursive: true });
    expect((await gather()).admin?.bytes).toEqual(Buffer.from('usr/desktop'));
  });

  it("takes the user's own, which require nothing", async () => {
    put('home/settings.json', '{}');
    expect(await gather()).toEqual({ user: Buffer.from('{}'), warnings: [] });
  });

  it('requires a document where one lies unsigned', async () => {
    put('etc/bulkhead/admin-settings.json', '{}');
    expect(await gather()).toMatchObject({ required: true });
    expect(await gather()).not.toHaveProperty('admin');
    expect(await warned()).toEqual(['/etc/bulkhead/admin-settings.json is not signed, and has no effect']);
  });

  it.each<[string, () => void, RegExp]>([
    [
      'the document can be written by a group',
      () => chmodSync(join(root, 'etc/bulkhead/admin-settings.json'), 0o664),
      /admin-settings.json can be written by others/,
    ],
    [
      'the signature can',
      () => chmodSync(join(root, 'etc/bulkhead/admin-settings.json.minisig'), 0o646),
      /minisig can be written by others/,
    ],
    [
      'its folder can',
      () => chmodSync(join(root, 'etc/bulkhead'), 0o777),
      /bulkhead can be written by others/,
    ],
    ['a folder above can', () => chmodSync(join(root, 'etc'), 0o1777), /etc can be written by others/],
    [
      'the document is a link',
      () => {
        rmSync(join(root, 'etc/bulkhead/admin-settings.json'));
        put('elsewhere', '{}');
        symlinkSync(join(root, 'elsewhere'), join(root, 'etc/bulkhead/admin-settings.json'));
      },
      /admin-settings.json is a symbolic link/,
    ],
    [
      'it is another owner’s',
      () => {
        places = { ...places, owner: (process.getuid?.() ?? 0) + 1 };
      },
      /belongs to user/,
    ],
    [
      'it is too large',
      () => put('etc/bulkhead/admin-settings.json', ' '.repeat(1024 * 1024 + 1)),
      /1048577 bytes, more than/,
    ],
  ])('believes nothing, and requires a document, when %s', async (_name, spoil, why) => {
    put('etc/bulkhead/admin-settings.json', '{}');
    put('etc/bulkhead/admin-settings.json.minisig', 'signature');
    expect(await gather()).toHaveProperty('admin'); // the control
    spoil();
    const found = await gather();
    expect(found).toMatchObject({ required: true, warnings: [{ text: expect.stringMatching(why) }] });
    expect(found).not.toHaveProperty('admin');
  });

  it('does not fall back to the second place when the first holds one that is not believed', async () => {
    put('etc/bulkhead/admin-settings.json', '{}', 0o666);
    put('usr/desktop/admin-settings.json', '{}');
    put('usr/desktop/admin-settings.json.minisig', 'signature');
    expect(await gather()).not.toHaveProperty('admin');
  });

  it('says nothing of an unsafe folder that holds no document', async () => {
    mkdirSync(join(root, 'etc/bulkhead'), { recursive: true });
    chmodSync(join(root, 'etc'), 0o777);
    expect(await gather()).toEqual({ warnings: [] });
  });

  it.each<[string, object]>([
    ['{"allowedOrgs":["acme","acme-eu"]}', { allowedOrganizations: ['acme', 'acme-eu'], required: true }],
    ['\uFEFF{"allowedOrgs":"acme","more":1}', { allowedOrganizations: ['acme'], required: true }],
    ['{"allowedOrgs":[]}', { allowedOrganizations: [] }],
    ['{"allowedOrgs":[""]}', { required: true, warnings: [expect.anything()] }],
    ['{"allowedOrgs":', { required: true, warnings: [expect.anything()] }],
    ['{}', { required: true, warnings: [expect.anything()] }],
  ])('reads registry.json: %s', async (text, found) => {
    put('usr/desktop/registry.json', text);
    expect(await gather()).toEqual({ warnings: [], ...found });
  });
});
