import { type ReleaseManifest, releaseManifest } from '../../policy/manifest/release.ts';
import type { Digests } from '../digest.ts';
import type { Dist } from '../dist.ts';
import type { Flavour } from '../flavours.ts';
import type { SigningKey } from '../keys/signing.ts';

/** The files that a release consists of, besides the manifest itself. */
const artefacts = {
  kernel: 'vmlinuz',
  initramfs: 'initramfs.gz',
  root: 'root.erofs',
  executables: 'executables.json',
  sbom: 'sbom.cdx.json',
  uki: 'bulkhead.efi',
  boot: 'boot.img',
  firmware: 'firmware.fd',
  firmwareVariables: 'firmware-variables.fd',
  certificate: 'secure-boot.crt',
} as const;

/** Writes the manifest of what is in `dist`, its signature, and the public key. */
export async function writeRelease(
  dist: Dist,
  kernel: { release: string; commandLine: string },
  key: SigningKey,
  { version, flavour, nextKey }: { version: string; flavour: Flavour; nextKey?: string | undefined },
  digests: Digests,
): Promise<void> {
  const manifest = releaseManifest.parse({
    format: 1,
    version,
    signing: key.signing,
    flavour,
    nextKey,
    kernelRelease: kernel.release,
    commandLine: kernel.commandLine,
    artefacts: await describe(dist, digests),
  });
  const text = `${JSON.stringify(manifest, null, 1)}\n`;
  const signature = await key.sign(Buffer.from(text), trustedComment(version, key));
  dist.write('manifest.json', text);
  dist.write('manifest.json.minisig', signature);
  dist.write('bulkhead.pub', key.publicKey);
}

/** What every signature of a build says of it. */
export function trustedComment(version: string, { signing }: SigningKey): string {
  return `bulkhead ${version} ${signing}`;
}

async function describe(dist: Dist, digests: Digests): Promise<ReleaseManifest['artefacts']> {
  const pairs = Object.entries(artefacts).map(async ([name, file]) => {
    return [name, { file, sha256: await digests.of(dist.path(file)), size: dist.size(file) }] as const;
  });
  return Object.fromEntries(await Promise.all(pairs)) as ReleaseManifest['artefacts'];
}
