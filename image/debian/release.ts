import { ImageError } from '../error.ts';
import { parseParagraph } from './control.ts';

/** The part of a Release file that the build uses. */
export interface Release {
  codename: string;
  /** Whether the mirror also has each list under its hash (`Acquire-By-Hash`). */
  byHash: boolean;
  /** Path below `dists/<suite>` → what the file there must be. */
  files: ReadonlyMap<string, { sha256: string; size: number }>;
}

/**
 * Reads the signed text of an InRelease file.
 * @param now to compare `Valid-Until` with
 * @throws {ImageError} `release-malformed`, `release-expired`
 */
export function parseRelease(text: string, suite: string, now: Date): Release {
  const fields = parseParagraph(text);
  const codename = fields.get('codename') ?? '';
  if (codename !== suite) {
    throw new ImageError(
      'release-malformed',
      `the mirror's release file for ${suite} says that it is of '${codename}'`,
      'use another mirror: this one hands out the wrong release',
    );
  }
  const until = fields.get('valid-until');
  if (until !== undefined && !(Date.parse(until) > now.getTime())) {
    throw new ImageError(
      'release-expired',
      `the mirror's release file for ${suite} was valid until ${until}`,
      "check this machine's clock; otherwise the mirror is out of date: use another, or build with --locked",
    );
  }
  const files = new Map<string, { sha256: string; size: number }>();
  for (const line of (fields.get('sha256') ?? '').split('\n')) {
    const [, sha256, size, path] = /^([0-9a-f]{64})\s+(\d+)\s+(\S+)$/.exec(line) ?? [];
    if (sha256 !== undefined && path !== undefined) files.set(path, { sha256, size: Number(size) });
  }
  return { codename, byHash: fields.get('acquire-by-hash') === 'yes', files };
}

/**
 * Judges what `gpgv --status-fd` said. Archive releases carry several signatures and an older keyring knows
 * only some of the keys: one good signature is enough, a bad or revoked one is not outweighed by it.
 */
export function hasGoodSignature(status: string): boolean {
  const words = status.split('\n').map((line) => /^\[GNUPG:\] (\w+)/.exec(line)?.[1] ?? '');
  const refused = ['BADSIG', 'REVKEYSIG'].some((word) => words.includes(word));
  return !refused && words.includes('GOODSIG') && words.includes('VALIDSIG');
}
