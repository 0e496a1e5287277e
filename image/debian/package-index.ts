import { ImageError } from '../error.ts';
import { parseParagraph } from './control.ts';
import { debianPackage, type Package, type Suite } from './package.ts';

/**
 * The part of a `Packages` file that a build asks for, one package a line: a fiftieth of the work to read again.
 */
export function condense(packages: string): string {
  return packages
    .split('\n\n')
    .filter((paragraph) => paragraph.trim() !== '')
    .map((paragraph) => {
      const fields = parseParagraph(paragraph);
      const depends = [fields.get('pre-depends'), fields.get('depends')].filter(
        (field) => field !== undefined,
      );
      const columns = ['package', 'version', 'sha256', 'size', 'filename'].map(
        (name) => fields.get(name) ?? '',
      );
      return [...columns, depends.join(', ')].map((column) => column.replace(/\s+/g, ' ')).join('\t');
    })
    .join('\n');
}

/** Finds the packages of one suite by name. */
export class PackageIndex {
  readonly #lines = new Map<string, string[]>();
  readonly #suite: Suite;

  /** @param condensed what `condense` gave */
  constructor(condensed: string, suite: Suite) {
    this.#suite = suite;
    for (const line of condensed.split('\n')) {
      const name = line.slice(0, line.indexOf('\t'));
      const known = this.#lines.get(name);
      if (known === undefined) this.#lines.set(name, [line]);
      else known.push(line);
    }
  }

  /** All versions of a package. @throws {ImageError} `release-malformed` */
  all(name: string): Package[] {
    return (this.#lines.get(name) ?? []).map((line) => {
      const [, version, sha256, size, file, depends] = line.split('\t');
      const read = debianPackage.safeParse({
        name,
        version,
        sha256,
        size: Number(size),
        suite: this.#suite,
        file,
        depends,
      });
      if (read.success) return read.data;
      const what = `the package list of ${this.#suite} describes ${name} in a way that is not understood`;
      throw new ImageError('release-malformed', what, 'use another mirror', { cause: read.error });
    });
  }
}
