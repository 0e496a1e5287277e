import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { releaseManifest } from '../../policy/manifest/release.ts';
import { publicKeyLine } from '../../policy/minisign/public-key.ts';
import {
  formatPublicKey,
  generateKey,
  type MinisignSecretKey,
  publicKeyOf,
} from '../../policy/minisign/secret-key.ts';
import { signMinisign } from '../../policy/minisign/sign.ts';
import { IMAGE } from './vm.ts';

/** Somebody who signs releases. */
export class Releaser {
  readonly #secret: MinisignSecretKey = generateKey(randomBytes(40));

  get publicKey(): string {
    return publicKeyLine(publicKeyOf(this.#secret));
  }

  /** The built image as a release of theirs: its files are the same, its manifest is signed by this key. @returns `folder` */
  release(folder: string, nextKey?: string): string {
    const { artefacts, ...rest } = releaseManifest.parse(
      JSON.parse(readFileSync(join(IMAGE, 'manifest.json'), 'utf8')),
    );
    mkdirSync(folder);
    for (const { file } of Object.values(artefacts)) symlinkSync(join(IMAGE, file), join(folder, file));
    const text = Buffer.from(JSON.stringify({ ...rest, artefacts, signing: 'release', nextKey }));
    writeFileSync(join(folder, 'manifest.json'), text);
    writeFileSync(join(folder, 'manifest.json.minisig'), signMinisign(text, this.#secret, 'test'));
    writeFileSync(join(folder, 'bulkhead.pub'), formatPublicKey(publicKeyOf(this.#secret), 'test'));
    return folder;
  }
}
