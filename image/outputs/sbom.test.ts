import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Digests, digestOf } from '../digest.ts';
import { RootTree } from '../tree/root-tree.ts';
import { renderSbom } from './sbom.ts';

const folder = mkdtempSync(join(tmpdir(), 'sbom-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function render(): Promise<string> {
  const tree = new RootTree();
  const origin = { kind: 'deb', name: 'libstdc++6', version: '14.2.0-19' } as const;
  tree.add('/usr/lib/libstdc++.so.6', { kind: 'file', source: Buffer.from('library'), mode: 0o644, origin });
  const npm = { kind: 'npm', name: '@scope/name', version: '1.2.3' } as const;
  return renderSbom(tree, [npm], '0.1.0', new Digests(join(folder, 'digests.json')));
}

it('names each package by its package URL', async () => {
  const { components } = JSON.parse(await render()) as { components: { purl?: string }[] };
  const purls = components.map(({ purl }) => purl).filter((purl) => purl !== undefined);
  expect(purls).toEqual([
    'pkg:deb/debian/libstdc%2B%2B6@14.2.0-19?arch=amd64&distro=trixie',
    'pkg:npm/%40scope/name@1.2.3',
  ]);
});

it('gives each file with its SHA-256 and its package', async () => {
  const { components } = JSON.parse(await render()) as { components: { type: string }[] };
  expect(components.filter(({ type }) => type === 'file')).toEqual([
    {
      type: 'file',
      name: '/usr/lib/libstdc++.so.6',
      'bom-ref': 'file:/usr/lib/libstdc++.so.6',
      hashes: [{ alg: 'SHA-256', content: digestOf('library') }],
      properties: [
        {
          name: 'bulkhead:package',
          value: 'pkg:deb/debian/libstdc%2B%2B6@14.2.0-19?arch=amd64&distro=trixie',
        },
      ],
    },
  ]);
});

it('is the same for the same image', async () => {
  expect(await render()).toBe(await render());
});
