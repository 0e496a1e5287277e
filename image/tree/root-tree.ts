import { chmodSync, copyFileSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ImageError } from '../error.ts';
import { type Origin, ours } from './origin.ts';

export type Entry =
  | { kind: 'file'; source: string | Buffer; mode: number; origin: Origin }
  | { kind: 'link'; target: string }
  | { kind: 'directory' };

/** The root file system of the image, before it is written: path → entry. */
export class RootTree {
  readonly #entries = new Map<string, Entry>();

  /** @throws {ImageError} `path-conflict` when something else is there already */
  add(path: string, entry: Entry): void {
    const present = this.#entries.get(path);
    const same = present?.kind === 'file' && entry.kind === 'file' && present.source === entry.source;
    if (same || (present?.kind === 'directory' && entry.kind === 'directory')) return;
    if (present !== undefined) {
      throw new ImageError('path-conflict', `two things want to be ${path}`, 'correct image/content.ts');
    }
    this.#entries.set(path, entry);
  }

  /** A text file of ours. */
  addText(path: string, text: string): void {
    this.add(path, { kind: 'file', source: Buffer.from(text), mode: 0o644, origin: ours });
  }

  has(path: string): boolean {
    return this.#entries.has(path);
  }

  /** By path. */
  entries(): [string, Entry][] {
    return [...this.#entries].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  files(): [string, Entry & { kind: 'file' }][] {
    return this.entries().filter(
      (pair): pair is [string, Entry & { kind: 'file' }] => pair[1].kind === 'file',
    );
  }

  /** Writes it below an empty `folder`; owners and times are the file system maker's matter. */
  write(folder: string): void {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    for (const [path, entry] of this.entries()) {
      const full = join(folder, path);
      mkdirSync(dirname(full), { recursive: true, mode: 0o755 });
      if (entry.kind === 'directory') mkdirSync(full, { recursive: true, mode: 0o755 });
      else if (entry.kind === 'link') symlinkSync(entry.target, full);
      else {
        if (typeof entry.source === 'string') copyFileSync(entry.source, full);
        else writeFileSync(full, entry.source);
        chmodSync(full, entry.mode);
        utimesSync(full, 0, 0);
      }
    }
  }
}
