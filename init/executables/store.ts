import { fstatSync, openSync } from 'node:fs';
import type { ExecutablesManifest, ListedExecutable } from '../../policy/manifest/executables.ts';
import type { ExecutableStore } from '../../services/supervisor/executables.ts';
import { BootError } from '../failure.ts';
import { Digests } from './digests.ts';

/**
 * Node runs PID 1 itself: its file cannot prove itself. It is executed through `/proc/self/exe`, the very file
 * that runs already; what proves that one is the link before (architecture: 'The chain of trust').
 */
const OWN_EXECUTABLE = '/usr/bin/node';

/** What does not fit the manifest, of one file; undefined when all does. Pure. */
export function difference(
  listed: ListedExecutable,
  found: { size: number; mode: string; blake2b512: string },
): string | undefined {
  if (found.size !== listed.size) return `${listed.path} has ${found.size} bytes, signed were ${listed.size}`;
  if (found.mode !== listed.mode) return `${listed.path} has mode ${found.mode}, signed was ${listed.mode}`;
  if (found.blake2b512 !== listed.blake2b512) {
    return `${listed.path} has blake2b512 ${found.blake2b512.slice(0, 16)}…, signed was ${listed.blake2b512.slice(0, 16)}…`;
  }
  return undefined;
}

/** The executables of the signed manifest, each open since before it was hashed. */
export class VerifiedExecutables implements ExecutableStore {
  readonly #digests: Digests;
  readonly #open = new Map<string, number>();
  readonly #verified = new Map<string, number>();
  #listed: readonly ListedExecutable[] = [];

  constructor(workerPath: string) {
    this.#digests = new Digests(workerPath);
  }

  /** @param manifest whose signature was checked */
  list(manifest: ExecutablesManifest): void {
    this.#listed = manifest.executables;
    this.#verified.set(OWN_EXECUTABLE, openSync('/proc/self/exe', 'r'));
  }

  get listed(): readonly ListedExecutable[] {
    return this.#listed;
  }

  /**
   * Hashes those of `paths` that are not yet verified and compares them with the manifest.
   * @param lanes threads
   * @throws {BootError} `executable-changed`, naming every file that differs
   */
  async verify(paths: readonly string[], lanes: number): Promise<void> {
    const wanted = paths.filter((path) => !this.#verified.has(path)).map((path) => this.#entry(path));
    const opened = wanted.map((listed) => ({ listed, ...this.#openOnce(listed.path) }));
    const digests = await this.#digests.of(opened, lanes);
    const differences: string[] = [];
    for (const [index, { listed, descriptor, mode }] of opened.entries()) {
      const digest = digests[index];
      const wrong =
        digest === undefined ? `${listed.path} was not hashed` : difference(listed, { ...digest, mode });
      if (wrong === undefined) this.#verified.set(listed.path, descriptor);
      else differences.push(wrong);
    }
    if (differences.length > 0) throw new BootError('executable-changed', differences.join('; '));
  }

  descriptor(path: string): number {
    const descriptor = this.#verified.get(path);
    if (descriptor === undefined) throw new BootError('executable-changed', `${path} was not verified`);
    return descriptor;
  }

  #entry(path: string): ListedExecutable {
    const listed = this.#listed.find((entry) => entry.path === path);
    if (listed === undefined) throw new BootError('manifest-invalid', `${path} is not in the signed list`);
    return listed;
  }

  #openOnce(path: string): { descriptor: number; size: number; mode: string } {
    const descriptor = this.#open.get(path) ?? openSync(path, 'r');
    this.#open.set(path, descriptor);
    const { size, mode } = fstatSync(descriptor);
    return { descriptor, size, mode: `0${(mode & 0o777).toString(8).padStart(3, '0')}` };
  }
}
