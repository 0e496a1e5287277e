import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Flavour, flavour } from '../policy/manifest/flavour.ts';
import type { Trust } from '../policy/settings/acceptance.ts';
import { buildImage } from './build.ts';
import { ImageError } from './error.ts';
import { readPublicKey } from './keys/public-key.ts';
import { makeSecureBootKeys } from './keys/secure-boot.ts';
import { makeKeys } from './keys/signing.ts';

const USAGE = `mkimage.sh [build] [--out DIR] [--key FILE] [--locked FILE] [--offline] [--refresh] [--flavour NAME]
             [--next-key FILE] [--sign-command LINE]
mkimage.sh keygen DIR

Builds the VM image into dist/: kernel, initramfs, root image, manifest, signature, SBOM.
  --out DIR      write there
  --key FILE     sign with this minisign key (made by keygen) and the Secure Boot keys beside it; without it, with
                 this machine's development keys
  --next-key FILE
                 announce the minisign public key that images after this one are signed with: who has run this one
                 takes those, too; only with --key
  --sign-command LINE
                 ask this command for signatures; --key is then the public key, with PK.crt, KEK.crt and db.crt
                 beside it. It is run as LINE minisign FILE COMMENT, which must print a minisign signature with that
                 trusted comment, and as LINE secure-boot FILE, which must print an RSA signature (docs/keys.md)
  --locked FILE  take exactly the packages of this packages.lock
  --offline      use only what was fetched before
  --refresh      ask the mirror for new release files now, not once a day
  --organization NAME --organization-key FILE
                 settings signed with this minisign public key count on every machine with the image
  --flavour NAME product; or test, stock: with a root shell in the VM, for this project's tests alone
  keygen DIR     make keys: bulkhead.key signs manifests, db.key the kernel image; PK and KEK are its firmware's`;

async function main(argv: string[]): Promise<void> {
  const { values, positionals } = readArguments(argv);
  const [command = 'build', folder] = positionals;
  const root = resolve(import.meta.dirname, '..');
  if (values.help === true) console.log(USAGE);
  else if (command === 'keygen' && folder !== undefined)
    console.log(
      `made ${[...Object.values(makeKeys(folder)), ...(await makeSecureBootKeys(folder, new Date()))].join(', ')}`,
    );
  else if (command === 'build' && positionals.length <= 1) {
    await buildImage({
      root,
      out: resolve(values.out ?? `${root}/dist`),
      cache: resolve(process.env.BULKHEAD_CACHE ?? `${root}/.cache`),
      offline: values.offline === true,
      refresh: values.refresh === true,
      ...(values.locked === undefined ? {} : { locked: resolve(values.locked) }),
      flavour: readFlavour(values.flavour),
      ...readOrganization(values.organization, values['organization-key']),
      ...(values.key === undefined ? {} : { key: resolve(values.key) }),
      ...readNextKey(values['next-key'], values.key),
      ...readSignCommand(values['sign-command'], values.key),
      say: (line) => console.log(line),
    });
  } else throw new ImageError('usage', `mkimage.sh does not know '${positionals.join(' ')}'`, USAGE);
}

function readFlavour(name = 'product'): Flavour {
  const read = flavour.safeParse(name);
  if (!read.success) throw new ImageError('usage', `there is no flavour '${name}'`, USAGE);
  return read.data;
}

/** A development key is any machine's own: nobody waits for what it announces. */
function readNextKey(file: string | undefined, key: string | undefined): { nextKey?: string } {
  if (file === undefined) return {};
  if (key === undefined) throw new ImageError('usage', '--next-key goes with --key', USAGE);
  return { nextKey: readPublicKey(file) };
}

function readSignCommand(signCommand: string | undefined, key: string | undefined): { signCommand?: string } {
  if (signCommand === undefined) return {};
  if (key === undefined) throw new ImageError('usage', '--sign-command goes with --key', USAGE);
  return { signCommand };
}

function readOrganization(
  organization: string | undefined,
  file: string | undefined,
): { organization?: Trust } {
  if (organization === undefined && file === undefined) return {};
  if (organization === undefined || file === undefined)
    throw new ImageError('usage', '--organization and --organization-key go together', USAGE);
  return { organization: { organization, keys: [readPublicKey(file)] } };
}

function readArguments(argv: string[]) {
  try {
    return parseArgs({
      args: argv,
      allowPositionals: true,
      options: {
        out: { type: 'string' },
        key: { type: 'string' },
        'next-key': { type: 'string' },
        'sign-command': { type: 'string' },
        locked: { type: 'string' },
        offline: { type: 'boolean' },
        refresh: { type: 'boolean' },
        organization: { type: 'string' },
        'organization-key': { type: 'string' },
        flavour: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (cause) {
    throw new ImageError('usage', cause instanceof Error ? cause.message : String(cause), USAGE, { cause });
  }
}

// Whoever reads our output may stop reading (`| head`): the build goes on.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});
main(process.argv.slice(2)).catch((error: unknown) => {
  if (!(error instanceof ImageError)) throw error;
  console.error(`mkimage.sh: ${error.message} (${error.code})\n${error.hint}`);
  for (let { cause } = error; cause instanceof Error; { cause } = cause) {
    console.error(`because: ${cause.message}${cause instanceof ImageError ? `\n${cause.hint}` : ''}`);
  }
  process.exitCode = error.code === 'usage' ? 2 : 1;
});
