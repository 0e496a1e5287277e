/** What stands where a secret was. */
export const KEPT_BACK = '(kept back)';

/** Part of a longer name. Bounded, as all repetitions here are that a hostile text could make work for nothing. */
const MORE = '[\\w.-]{0,60}';
/** Names whose values are secrets, as part of a longer name too: `registry_password`, `AWS_SECRET_ACCESS_KEY`. */
const SECRET_NAME = `${MORE}(?:passw(?:or)?d|passphrase|pwd|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|credential|cookie|registry-auth)${MORE}|(?:${MORE}[._-])?auth|authorization`;
/** A value: quoted within a JSON text, quoted, or up to what ends a word; a scheme of Authorization before it. */
const VALUE = [
  '\\\\"(?:[^"\\\\\\n]|\\\\\\\\.){0,10000}(?:\\\\")?',
  '"(?:[^"\\\\\\n]|\\\\.){0,10000}"?',
  "'[^'\\n]{0,10000}'?",
  '(?:(?:Bearer|Basic|Negotiate)\\s+)?[^\\s"\',;&}\\])]+',
].join('|');

const rules: readonly (readonly [RegExp, string])[] = [
  // PEM (RFC 7468), whatever its lines end with; in JSON text they end with \n in letters
  [/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|$)/g, KEPT_BACK],
  // minisign(1), secret keys
  [/(untrusted comment: [^\n]*secret key[^\n]*\n)[A-Za-z0-9+/=]+/g, `$1${KEPT_BACK}`],
  // user and password of a URL (RFC 3986, 3.2.1)
  [/\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/@"'<>]+@/gi, `$1${KEPT_BACK}@`],
  // --password x
  [new RegExp(`(--(?:${SECRET_NAME})\\s+)(?!-)(?:${VALUE})`, 'gi'), `$1${KEPT_BACK}`],
  // name=value, name: value, "name":"value"
  [
    new RegExp(
      `((?<![\\w-])(?:${SECRET_NAME})(?:\\\\?["'])?\\s*[=:]\\s*)(?!\\(kept back\\))(?:${VALUE})`,
      'gi',
    ),
    `$1${KEPT_BACK}`,
  ],
  // Authorization schemes anywhere
  [/\b(Bearer|Basic)\s+[A-Za-z0-9+/_=.~-]{8,}/g, `$1 ${KEPT_BACK}`],
  // tokens that can be told by their form: JWT (RFC 7519), GitHub, GitLab, Docker Hub, npm, Slack, AWS
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*/g, KEPT_BACK],
  [/\b(?:gh[pousr]_|github_pat_|glpat-|dckr_pat_|dckr_oat_|npm_|xox[abprs]-)[A-Za-z0-9_-]{10,}/g, KEPT_BACK],
  [/\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g, KEPT_BACK],
];

/** Shorter ones are too likely to be part of something else. */
const SHORTEST = 6;

/**
 * Takes out what looks like a secret, and `known` ones wherever they stand. It knows forms and names, not meanings:
 * a secret that looks like a word is not seen, so a person should still look. Pure.
 */
export function redact(text: string, known: readonly string[] = []): string {
  let result = text;
  // Longer ones first: one may be part of another.
  for (const secret of [...known]
    .filter(({ length }) => length >= SHORTEST)
    .sort((a, b) => b.length - a.length))
    result = result.replaceAll(secret, KEPT_BACK);
  for (const [pattern, replacement] of rules) result = result.replace(pattern, replacement);
  return result;
}

const ENV_NAME = new RegExp(`^(?:${SECRET_NAME})$`, 'i');

/** Secrets of this user that a log may have caught: of the environment, and of docker's own configuration. Pure. */
export function knownSecrets(
  env: Readonly<Record<string, string | undefined>>,
  dockerConfiguration: unknown,
): string[] {
  const found = Object.entries(env).flatMap(([name, value]) => (value && ENV_NAME.test(name) ? [value] : []));
  const auths = (dockerConfiguration as { auths?: Record<string, Record<string, unknown>> } | undefined)
    ?.auths;
  for (const entry of Object.values(auths ?? {})) {
    for (const value of Object.values(entry ?? {})) {
      if (typeof value !== 'string') continue;
      // `auth` is base64 of user:password
      const [, password] = Buffer.from(value, 'base64').toString('utf8').split(/:(.*)/s);
      found.push(value, ...(password ? [password] : []));
    }
  }
  return found;
}
