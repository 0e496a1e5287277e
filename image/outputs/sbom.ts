import { Enums, Models, Serialize, Spec } from '@cyclonedx/cyclonedx-library';
import type { Digests } from '../digest.ts';
import type { Origin } from '../tree/origin.ts';
import type { RootTree } from '../tree/root-tree.ts';

/** A CycloneDX 1.6 document: each package that something is from, and each file with its package and SHA-256. */
export async function renderSbom(
  tree: RootTree,
  extra: readonly Origin[],
  version: string,
  digests: Digests,
): Promise<string> {
  const bom = new Models.Bom();
  bom.metadata.component = new Models.Component(Enums.ComponentType.OperatingSystem, 'bulkhead', {
    version,
    bomRef: 'bulkhead', // the library would make up a random one
  });
  const origins = new Map<string, Origin>();
  for (const origin of [...extra, ...tree.files().map(([, file]) => file.origin)])
    origins.set(purlOf(origin, version), origin);
  for (const [purl, origin] of origins) {
    bom.components.add(
      new Models.Component(Enums.ComponentType.Library, origin.name, {
        version: origin.version || version,
        purl,
        bomRef: purl,
      }),
    );
  }
  for (const [path, { source, origin }] of tree.files()) {
    const sha256 = await digests.ofSource(source);
    bom.components.add(
      new Models.Component(Enums.ComponentType.File, path, {
        bomRef: `file:${path}`,
        hashes: new Models.HashDictionary([[Enums.HashAlgorithm['SHA-256'], sha256]]),
        properties: new Models.PropertyRepository([
          new Models.Property('bulkhead:package', purlOf(origin, version)),
        ]),
      }),
    );
  }
  const factory = new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6);
  return `${new Serialize.JsonSerializer(factory).serialize(bom, { sortLists: true, space: 1 })}\n`;
}

/** A package URL (https://github.com/package-url/purl-spec). */
function purlOf({ kind, name, version }: Origin, own: string): string {
  if (kind === 'deb') {
    return `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=amd64&distro=trixie`;
  }
  if (kind === 'npm') return `pkg:npm/${name.replace('@', '%40')}@${version}`;
  return `pkg:generic/${name}@${own}`;
}
