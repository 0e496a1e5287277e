import {
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';

/**
 * What containerd and dockerd keep on the data disk, they believe: they mount on and write to the paths that they find
 * there, as root. Whoever has the disk while the VM is off may have put others in. This takes away what would lead them out
 * of their own folders, before they start: links and device nodes in the place of folders and files, layers and container
 * records that name other places. Only where the engine itself makes a link is one left, and only of the form that it makes.
 */

/** More than any of the engine's small files has, bytes. */
const MOST_BYTES = 4 * 1024 * 1024;
const LAYER = /^[a-z0-9]+(?:-init)?$/;
const CONTAINER = /^[0-9a-f]{64}$/;
/** Members of a container's config.v2.json that are paths to which dockerd writes, or on which it mounts. */
const PATHS = ['HostnamePath', 'HostsPath', 'ResolvConfPath', 'ShmPath', 'LogPath'] as const;

/** dockerd's node of the disk itself, for quotas: made anew at each start, and the disk is mounted nodev. */
const OWN_NODE = 'backingFsBlockDev';

/** Folders that PID 1 and the engine open by name. */
const folders = ['docker', 'containerd', 'containerd-tmp', 'dhcpcd', 'refused'] as const;

/** @param disk the mount point of the data disk @returns one sentence for each thing that was taken away */
export function clearEngineState(disk: string): string[] {
  const clearing = new Clearing(disk);
  for (const folder of folders) clearing.only(disk, folder, ['folder']);
  const docker = join(disk, 'docker');
  for (const name of clearing.names(docker)) clearing.only(docker, name, ['folder', 'file']);
  layers(clearing, join(docker, 'overlay2'));
  layerRecords(clearing, join(docker, 'image/overlay2/layerdb'));
  volumes(clearing, join(docker, 'volumes'));
  containers(clearing, join(docker, 'containers'));
  return clearing.done;
}

function layers(clearing: Clearing, folder: string): void {
  for (const id of clearing.names(folder)) {
    if (id === OWN_NODE || !clearing.only(folder, id, ['folder'])) continue;
    const layer = join(folder, id);
    if (id === 'l') {
      for (const name of clearing.names(layer)) clearing.only(layer, name, ['link to a layer']);
      continue;
    }
    for (const name of ['merged', 'diff', 'work']) clearing.only(layer, name, ['folder']);
    for (const name of ['link', 'lower', 'committed']) clearing.only(layer, name, ['file']);
  }
}

/** Which folder of overlay2 is meant stands in files: a path in its place would be followed. */
function layerRecords(clearing: Clearing, folder: string): void {
  const records = [
    ['mounts', ['mount-id', 'init-id']],
    ['sha256', ['cache-id']],
  ] as const;
  clearing.only(join(folder, '..'), 'layerdb', ['folder']);
  for (const [kind, files] of records) {
    if (!clearing.only(folder, kind, ['folder'])) continue;
    for (const id of clearing.names(join(folder, kind))) {
      if (!clearing.only(join(folder, kind), id, ['folder'])) continue;
      const record = join(folder, kind, id);
      const wrong = files.find((file) => {
        const text = clearing.text(record, file);
        return text !== undefined && !LAYER.test(text);
      });
      if (wrong !== undefined) clearing.refuse(record, `${wrong} names no layer`);
    }
  }
}

function volumes(clearing: Clearing, folder: string): void {
  for (const name of clearing.names(folder)) {
    if (name === OWN_NODE) continue;
    if (clearing.only(folder, name, ['folder', 'file']))
      clearing.only(join(folder, name), '_data', ['folder']);
  }
}

function containers(clearing: Clearing, folder: string): void {
  for (const id of clearing.names(folder)) {
    if (!clearing.only(folder, id, ['folder'])) continue;
    const container = join(folder, id);
    for (const name of clearing.names(container)) clearing.only(container, name, ['folder', 'file']);
    clearing.only(join(container, 'mounts'), 'shm', ['folder']);
    const wrong = wrongPath(clearing.text(container, 'config.v2.json'), id);
    if (wrong !== undefined) clearing.refuse(container, wrong);
  }
}

function wrongPath(text: string | undefined, id: string): string | undefined {
  if (text === undefined) return undefined; // dockerd says that it cannot load it
  let record: unknown;
  try {
    record = JSON.parse(text);
  } catch {
    return 'config.v2.json is no JSON';
  }
  if (typeof record !== 'object' || record === null || !CONTAINER.test(id))
    return 'config.v2.json is of no container';
  // Go takes names in any letters, and the last of several (encoding/json)
  for (const [name, value] of Object.entries(record)) {
    const member = PATHS.find((path) => path.toLowerCase() === name.toLowerCase());
    if (member === undefined || value === '' || value === null) continue;
    const own = `/var/lib/docker/containers/${id}/`;
    if (typeof value !== 'string' || !value.startsWith(own) || value.split('/').includes('..'))
      return `${member} is no path of its own`;
  }
  return undefined;
}

type Kind = 'folder' | 'file' | 'link to a layer';

class Clearing {
  readonly done: string[] = [];
  readonly #disk: string;

  constructor(disk: string) {
    this.#disk = disk;
  }

  /** Names in a folder; none when it is none. */
  names(folder: string): string[] {
    return kindOf(folder) === 'folder' ? readdirSync(folder) : [];
  }

  /** Takes away what is of another kind. @returns whether it is a folder now */
  only(folder: string, name: string, kinds: readonly Kind[]): boolean {
    const path = join(folder, name);
    if (kindOf(folder) !== 'folder') return false;
    const kind = kindOf(path);
    if (kind === undefined || kinds.includes(kind as Kind)) return kind === 'folder';
    rmSync(path, { recursive: true, force: true });
    this.done.push(`${path} was a ${kind}, which the engine does not make there: removed`);
    return false;
  }

  /** A plain file's text; undefined when there is none of a size that the engine makes. */
  text(folder: string, name: string): string | undefined {
    if (!['file', undefined].includes(kindOf(join(folder, name)))) this.only(folder, name, ['file']);
    let descriptor: number;
    try {
      descriptor = openSync(
        join(folder, name),
        constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
      );
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    try {
      const buffer = Buffer.alloc(MOST_BYTES);
      return buffer.toString('utf8', 0, readSync(descriptor, buffer, 0, MOST_BYTES, 0));
    } finally {
      closeSync(descriptor);
    }
  }

  /** Moves a folder to where nobody looks. */
  refuse(path: string, why: string): void {
    const refused = join(this.#disk, 'refused');
    mkdirSync(refused, { recursive: true, mode: 0o700 });
    const target = join(refused, `${path.slice(path.lastIndexOf('/') + 1)}.${Date.now()}`);
    renameSync(path, target);
    this.done.push(`${path}: ${why}: moved to ${target}`);
  }
}

function kindOf(path: string): string | undefined {
  const status = lstatSync(path, { throwIfNoEntry: false });
  if (status === undefined) return undefined;
  if (status.isDirectory()) return 'folder';
  if (status.isFile()) return 'file';
  if (!status.isSymbolicLink())
    return status.isBlockDevice() || status.isCharacterDevice() ? 'device node' : 'FIFO or socket';
  return /^\.\.\/[a-z0-9]+(?:-init)?\/diff$/.test(readlinkSync(path)) ? 'link to a layer' : 'link';
}
