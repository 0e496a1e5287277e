import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, resolve } from 'node:path';

export const project = resolve(import.meta.dirname, '../..');

/** Text files of the project by path below it: tracked, and new ones that git does not ignore. */
export function projectFiles(): string[] {
  const list = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
  const text = execFileSync('git', list, { cwd: project, encoding: 'utf8' });
  const names = [...new Set(text.split('\0'))].filter(
    (name) => name !== '' && existsSync(join(project, name)),
  );
  return names.filter((name) => !read(name).includes('\0')).sort();
}

export function isScript(path: string): boolean {
  return /\.(?:ts|mjs)$/.test(path);
}

export function read(path: string): string {
  return readFileSync(join(project, path), 'utf8');
}

/** `import … from 'x'`, `export … from 'x'`, `import 'x'`, `import('x')`. */
const IMPORT = /(?:^|[;}\s])(?:import|export)\b(?:[\w\s{},*$]*?\bfrom)?\s*\(?\s*(['"])([^'"\n]+)\1/g;

/** What a script imports: bare names as written, files as paths below the project. */
export function importsOf(path: string, text: string): string[] {
  return [...text.matchAll(IMPORT)].map(([, , specifier = '']) =>
    specifier.startsWith('.') ? normalize(join(dirname(path), specifier)) : specifier,
  );
}
