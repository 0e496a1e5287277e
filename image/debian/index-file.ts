import { ImageError } from '../error.ts';
import { parseParagraph } from './control.ts';
import { type DebianPackage, debianPackage, type PackageIndex } from './package.ts';
import { compareVersions } from './version.ts';

/** The packages of one suite, from its `Packages` file. Paragraphs are read when they are asked for. */
export class SuiteIndex {
  readonly #paragraphs = new Map<string, string[]>();
  readonly #suite: string;

  constructor(suite: string, packages: string) {
    this.#suite = suite;
    for (const paragraph of packages.split('\n\n')) {
      const name = /^Package: (\S+)/m.exec(paragraph)?.[1];
      if (name === undefined) continue;
      const known = this.#paragraphs.get(name);
      if (known === undefined) this.#paragraphs.set(name, [paragraph]);
      else known.push(paragraph);
    }
  }

  /** All versions of a package in this suite. */
  all(name: string): DebianPackage[] {
    return (this.#paragraphs.get(name) ?? []).map((paragraph) => toPackage(paragraph, this.#suite));
  }
}

/** Looks in several suites; the newest version wins, and of equal versions the one of the earlier suite. */
export function newestOf(suites: readonly SuiteIndex[]): PackageIndex {
  return {
    find: (name) =>
      suites
        .flatMap((suite) => suite.all(name))
        .reduce<DebianPackage | undefined>(
          (best, next) => (best !== undefined && compareVersions(next.version, best.version) <= 0 ? best : next),
          undefined,
        ),
  };
}

function toPackage(paragraph: string, suite: string): DebianPackage {
  const fields = parseParagraph(paragraph);
  const get = (name: string): string => fields.get(name) ?? '';
  const source = fields.get('source');
  const parsed = debianPackage.safeParse({
    name: get('package'),
    version: get('version'),
    architecture: get('architecture'),
    ...(source === undefined ? {} : { source }),
    sha256: get('sha256'),
    size: Number(get('size')),
    suite,
    filename: get('filename'),
    depends: [get('pre-depends'), get('depends')].filter((part) => part !== '').join(', '),
  });
  if (parsed.success) return parsed.data;
  throw new ImageError(
    'release-malformed',
    `the package list of ${suite} describes ${get('package')} in a way that is not understood`,
    'use another mirror, or report this with the name of the package',
    { cause: parsed.error },
  );
}
