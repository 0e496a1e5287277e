import { readFileSync } from 'node:fs';
import { type ExecutablesManifest, executablesManifest } from '../../policy/manifest/executables.ts';
import { parsePublicKey } from '../../policy/minisign/public-key.ts';
import { verifyMinisign } from '../../policy/minisign/verify.ts';
import { BootError } from '../failure.ts';

/**
 * The list of executables of this image, proved to be signed by `publicKey`.
 * @param path of the JSON file; its signature stands beside it (`.minisig`)
 * @throws {BootError} `manifest-invalid`
 */
export function readSignedManifest(path: string, publicKey: string): ExecutablesManifest {
  try {
    const data = readFileSync(path);
    verifyMinisign(data, readFileSync(`${path}.minisig`, 'utf8'), parsePublicKey(publicKey));
    return executablesManifest.parse(JSON.parse(data.toString('utf8')));
  } catch (cause) {
    throw new BootError('manifest-invalid', `the signed list of executables (${path}) does not hold`, {
      cause,
    });
  }
}
