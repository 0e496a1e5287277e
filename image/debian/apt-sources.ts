import { parseControl } from './control.ts';

/** One `URI suite component…` that apt knows. */
export interface AptSource {
  uri: string;
  suite: string;
  components: readonly string[];
}

/** Where the packages of the image come from, without trailing slashes. */
export interface Mirrors {
  main: string | undefined;
  security: string | undefined;
}

/** Suites of Debian itself; those of an Ubuntu machine have other names. */
const DEBIAN_SUITE =
  /^(?:bullseye|bookworm|trixie|forky|duke|sid|unstable|testing|stable|oldstable|oldoldstable)$/;

/** Reads a `.sources` file (deb822 style, sources.list(5)). */
export function parseDeb822Sources(text: string): AptSource[] {
  return parseControl(text).flatMap((paragraph) => {
    const words = (name: string): string[] =>
      (paragraph.get(name) ?? '').split(/\s+/).filter((word) => word !== '');
    const enabled = !/^(?:no|false|off|0)$/i.test(paragraph.get('enabled') ?? 'yes');
    if (!enabled || !words('types').includes('deb')) return [];
    return words('uris').flatMap((uri) =>
      words('suites').map((suite) => ({ uri, suite, components: words('components') })),
    );
  });
}

/** Reads a `.list` file (one-line style, sources.list(5)). */
export function parseOneLineSources(text: string): AptSource[] {
  return text.split('\n').flatMap((line) => {
    const match = /^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+(.*)$/.exec(line.replace(/#.*/, '').trim());
    if (match === null) return [];
    const [, uri = '', suite = '', components = ''] = match;
    return [{ uri, suite, components: components.split(/\s+/).filter((word) => word !== '') }];
  });
}

/** The first mirror of Debian's archive and the first of its security archive that can be read over HTTP. */
export function chooseMirrors(sources: readonly AptSource[]): Mirrors {
  const usable = sources.filter(
    (source) => /^https?:\/\//.test(source.uri) && source.components.includes('main'),
  );
  const named = (isSecurity: boolean): string | undefined =>
    usable.find(({ suite }) => {
      const [release = ''] = suite.split(/[-/]/);
      return DEBIAN_SUITE.test(release) && isSecuritySuite(suite) === isSecurity;
    })?.uri;
  return { main: trim(named(false)), security: trim(named(true)) };
}

/** `bookworm-security`, and `buster/updates` as it was written before bullseye. */
function isSecuritySuite(suite: string): boolean {
  return suite.endsWith('-security') || suite.endsWith('/updates');
}

function trim(uri: string | undefined): string | undefined {
  return uri?.replace(/\/+$/, '');
}
