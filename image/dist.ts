import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of a build's results. A file that a launcher is reading is replaced, never written over. */
export class Dist {
  readonly folder: string;

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.folder = folder;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** bytes */
  size(name: string): number {
    return statSync(this.path(name)).size;
  }

  /** Left as it is, times too, when it has this content already. */
  write(name: string, data: string | Buffer): void {
    const path = this.path(name);
    const bytes = Buffer.from(data);
    if (existsSync(path) && statSync(path).size === bytes.length && readFileSync(path).equals(bytes)) return;
    const partial = `${path}.${process.pid}.part`; // another build may write here, too
    writeFileSync(partial, bytes);
    renameSync(partial, path);
  }
}
