/**
 * Compares two Debian versions as dpkg does (Debian Policy 5.6.12).
 * @returns below zero when `a` is older, above when it is newer
 */
export function compareVersions(a: string, b: string): number {
  const left = split(a);
  const right = split(b);
  return (
    left.epoch - right.epoch ||
    comparePart(left.upstream, right.upstream) ||
    comparePart(left.revision, right.revision)
  );
}

/** The part of a version without epoch and revision. */
export function upstreamVersion(version: string): string {
  return split(version).upstream;
}

function split(version: string): { epoch: number; upstream: string; revision: string } {
  const colon = version.indexOf(':');
  const rest = version.slice(colon + 1);
  const dash = rest.lastIndexOf('-');
  return {
    epoch: colon < 0 ? 0 : Number(version.slice(0, colon)),
    upstream: dash < 0 ? rest : rest.slice(0, dash),
    revision: dash < 0 ? '' : rest.slice(dash + 1),
  };
}

/** Compares by turns a run of non-digits and a number. */
function comparePart(a: string, b: string): number {
  const left = a.match(/\D*\d*/g) ?? [];
  const right = b.match(/\D*\d*/g) ?? [];
  for (let at = 0; at < Math.max(left.length, right.length); at += 1) {
    const [, wordA = '', digitsA = ''] = /^(\D*)(\d*)$/.exec(left[at] ?? '') ?? [];
    const [, wordB = '', digitsB = ''] = /^(\D*)(\d*)$/.exec(right[at] ?? '') ?? [];
    const difference = compareWords(wordA, wordB) || Number(digitsA) - Number(digitsB);
    if (difference !== 0) return difference;
  }
  return 0;
}

function compareWords(a: string, b: string): number {
  for (let at = 0; at < Math.max(a.length, b.length); at += 1) {
    const difference = weight(a[at]) - weight(b[at]);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** `~` before the end, the end before letters, letters before all else. */
function weight(character: string | undefined): number {
  if (character === undefined) return 0;
  if (character === '~') return -1;
  const code = character.charCodeAt(0);
  return /[A-Za-z]/.test(character) ? code : code + 256;
}
