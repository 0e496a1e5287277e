import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };

/** Changes to an ext4 image that nobody uses, by debugfs(8): what somebody can do who has the disk. */
export class Planter {
  readonly #image: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'plant-'));
  readonly #commands: string[] = [];

  constructor(image: string) {
    this.#image = image;
  }

  read(path: string): string {
    return execFileSync('debugfs', ['-R', `cat ${path}`, this.#image], {
      env,
      encoding: 'utf8',
      stdio: 'pipe',
    });
  }

  /** @param mode of the inode, in octal, type included */
  file(path: string, content: string | Buffer, mode = '0100644'): void {
    const source = join(this.#folder, String(this.#commands.length));
    writeFileSync(source, content);
    this.#commands.push(`rm ${path}`, `write ${source} ${path}`, `set_inode_field ${path} mode ${mode}`);
  }

  /** Whatever was there is there no more, and what it held is lost. */
  link(path: string, target: string): void {
    this.#commands.push(`unlink ${path}`, `symlink ${path} ${target}`);
  }

  folder(path: string): void {
    this.#commands.push(`mkdir ${path}`);
  }

  /** A file that has nothing but its size, in bytes. */
  hole(path: string, size: number): void {
    this.file(path, '');
    this.#commands.push(`set_inode_field ${path} size ${size}`);
  }

  /** @param device MAJOR:MINOR */
  blockDevice(path: string, device: string): void {
    const at = path.lastIndexOf('/');
    this.#commands.push(
      `cd ${path.slice(0, at) || '/'}`,
      `mknod ${path.slice(at + 1)} b ${device.replace(':', ' ')}`,
      'cd /',
    );
  }

  /** Does all of it. */
  apply(): void {
    const script = join(this.#folder, 'commands');
    writeFileSync(script, `${this.#commands.join('\n')}\n`);
    execFileSync('debugfs', ['-w', '-f', script, this.#image], { env, stdio: 'pipe' });
    rmSync(this.#folder, { recursive: true });
  }
}

/** The group descriptors and what is behind them, of a file system with blocks of 1 KiB or 4 KiB: 64 KiB from 4 KiB on. */
const BROKEN = { from: 4096, bytes: 65_536 };

/** Writes over what e2fsck cannot guess; the superblock, and with it the label, stays. @returns what is there now */
export function breakFileSystem(disk: string): string {
  const descriptor = openSync(disk, 'r+');
  try {
    writeSync(descriptor, Buffer.alloc(BROKEN.bytes, 0xa5), 0, BROKEN.bytes, BROKEN.from);
  } finally {
    closeSync(descriptor);
  }
  execFileSync('debugfs', ['-w', '-c', '-R', 'set_super_value state 2', disk], { env, stdio: 'pipe' });
  return brokenPart(disk);
}

export function brokenPart(disk: string): string {
  const descriptor = openSync(disk, 'r');
  try {
    const buffer = Buffer.alloc(BROKEN.bytes);
    readSync(descriptor, buffer, 0, BROKEN.bytes, BROKEN.from);
    return buffer.toString('hex');
  } finally {
    closeSync(descriptor);
  }
}
