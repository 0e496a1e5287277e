import { execFile } from 'node:child_process';
import { lstat, readFile, statfs } from 'node:fs/promises';
import { cpus } from 'node:os';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { asHostError, hasSystemCode } from '../errors.ts';
import { chooseAccelerator, findVirtualisation } from '../machine/accelerator.ts';
import { readImage } from '../machine/image.ts';
import { QEMU } from '../machine/launch.ts';
import type { MachinePaths } from '../machine/paths.ts';
import { tryPort } from '../machine/port.ts';
import { loadSettings, runningRecord } from '../machine/record.ts';
import type { Facts } from './checks.ts';

const run = promisify(execFile);
/** For a program to say its version, milliseconds. */
const PATIENCE = 10_000;

/** Looks at this machine; changes nothing. @param imageFolder of the built image */
export async function gatherFacts(paths: MachinePaths, imageFolder: string): Promise<Facts> {
  const record = await runningRecord(paths);
  const port = record?.port ?? (await loadSettings(paths)).port;
  const [qemu, docker, found, memory, disk, folderProblem, image] = await Promise.all([
    versionOf(QEMU),
    versionOf('docker'),
    findVirtualisation(),
    availableMemory(),
    freeSpace(paths.data),
    problemOf([paths.data, paths.state, paths.runtime]),
    checkImage(imageFolder),
  ]);
  return {
    nodeVersion: process.version,
    platform: process.platform,
    arch: process.arch,
    qemu,
    kvmProblem: chooseAccelerator('auto', found).reason,
    docker,
    cpus: cpus().length,
    memoryAvailable: memory,
    diskFree: disk,
    dataFolder: paths.data,
    folderProblem,
    image,
    imageFolder,
    running: record !== undefined,
    port,
    portTaken: port !== undefined && (await tryPort(port)) === undefined,
  };
}

/** First line of `program --version`; undefined when it is not installed. */
async function versionOf(program: string): Promise<string | undefined> {
  try {
    const { stdout } = await run(program, ['--version'], { timeout: PATIENCE });
    return stdout.split('\n')[0]?.trim() ?? '';
  } catch (error) {
    if (hasSystemCode(error, 'ENOENT', 'EACCES')) return undefined;
    return `it does not say its version: ${(error as Error).message.split('\n')[0]}`;
  }
}

async function availableMemory(): Promise<number | undefined> {
  const [, kilobytes] = /^MemAvailable:\s+(\d+) kB$/m.exec(await readFile('/proc/meminfo', 'utf8')) ?? [];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}

/** Of the file system on which `folder` is or would be made. */
async function freeSpace(folder: string): Promise<number | undefined> {
  for (let at = folder; ; at = dirname(at)) {
    try {
      const { bavail, bsize } = await statfs(at);
      return bavail * bsize;
    } catch (error) {
      if (!hasSystemCode(error, 'ENOENT') || at === dirname(at)) return undefined;
    }
  }
}

/** As `makeDirectories` would refuse them. */
async function problemOf(folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) {
    try {
      const status = await lstat(folder);
      if (!status.isDirectory() || status.uid !== process.getuid?.())
        return `${folder} is not a folder of yours`;
    } catch (error) {
      if (!hasSystemCode(error, 'ENOENT')) return `${folder}: ${(error as Error).message}`;
    }
  }
  return undefined;
}

async function checkImage(folder: string): Promise<Facts['image']> {
  try {
    return { version: (await readImage(folder)).manifest.version };
  } catch (error) {
    const { message: problem, hint } = asHostError(error);
    return { problem, hint };
  }
}
