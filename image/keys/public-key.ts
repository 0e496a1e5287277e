import { readFileSync } from 'node:fs';
import { parsePublicKey, publicKeyLine } from '../../policy/minisign/public-key.ts';
import { ImageError } from '../error.ts';

/** The key in a minisign public key file, as one line of base64. @throws {ImageError} `key-unusable` */
export function readPublicKey(file: string): string {
  try {
    return publicKeyLine(parsePublicKey(readFileSync(file, 'utf8')));
  } catch (cause) {
    const hint = 'give the file that `mkimage.sh keygen` or `minisign -G` wrote for the public';
    throw new ImageError('key-unusable', `${file} is no public key that can be used`, hint, { cause });
  }
}
