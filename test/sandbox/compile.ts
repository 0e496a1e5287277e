import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

const COMMON = ['-std=c11', '-Wall', '-Wextra', '-Werror', '-D_GNU_SOURCE'];

/** C programs in a folder of their own, which goes with `remove`. A source is one file, or a folder of them. */
export class Compiled {
  readonly folder = mkdtempSync(join(tmpdir(), 'bulkhead-test-'));

  /** As it is for the image: static, musl. @returns the path of the program. */
  build(source: string, options: readonly string[] = []): string {
    return this.#run('musl-gcc', source, basename(source, '.c'), ['-O2', '-static', ...options]);
  }

  /** With address and undefined behaviour sanitizers. @returns the path of the program. */
  buildSanitized(source: string, options: readonly string[] = []): string {
    const sanitize = ['-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all', ...options];
    return this.#run('clang', source, `${basename(source, '.c')}-sanitized`, sanitize);
  }

  /** For a process of this machine's C library to load. @returns the path of the library. */
  buildShared(source: string): string {
    return this.#run('gcc', source, `${basename(source, '.c')}.so`, ['-O2', '-shared', '-fPIC']);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #run(compiler: string, source: string, name: string, options: string[]): string {
    const program = join(this.folder, name);
    const units = source.endsWith('.c') ? [source] : cFilesOf(source);
    execFileSync(compiler, [...COMMON, ...options, '-o', program, ...units], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    return program;
  }
}

function cFilesOf(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.c'));
  return names.map((name) => join(folder, name));
}
