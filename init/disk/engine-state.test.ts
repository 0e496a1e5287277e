import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { clearEngineState } from './engine-state.ts';

const ID = 'a'.repeat(64);
const OWN = `/var/lib/docker/containers/${ID}`;
const record = {
  ID,
  HostnamePath: `${OWN}/hostname`,
  ShmPath: `${OWN}/mounts/shm`,
  LogPath: `${OWN}/${ID}-json.log`,
  ResolvConfPath: '',
};
let disk: string;

/** A file with its folders; a text that begins with → is a link's target. */
function put(path: string, text: string): void {
  const full = join(disk, path);
  mkdirSync(dirname(full), { recursive: true });
  rmSync(full, { recursive: true, force: true });
  if (text.startsWith('→')) symlinkSync(text.slice(1), full);
  else writeFileSync(full, text);
}

beforeEach(() => {
  disk = mkdtempSync(join(tmpdir(), 'engine-state-'));
  for (const folder of [
    'docker/overlay2/abc/diff',
    'docker/overlay2/abc/work',
    'docker/overlay2/l',
    'docker/volumes/v/_data',
    'docker/tmp',
    'containerd',
  ])
    mkdirSync(join(disk, folder), { recursive: true });
  put('docker/overlay2/l/SHORT', '→../abc/diff');
  put('docker/overlay2/l/INIT', '→../abc-init/diff');
  put('docker/overlay2/abc/link', 'SHORT');
  put('docker/engine-id', 'x');
  put('docker/volumes/metadata.db', 'x');
  put(`docker/image/overlay2/layerdb/mounts/${ID}/mount-id`, 'abc');
  put(`docker/image/overlay2/layerdb/mounts/${ID}/init-id`, 'abc-init');
  put(`docker/image/overlay2/layerdb/sha256/${ID}/cache-id`, 'abc');
  put(`docker/containers/${ID}/config.v2.json`, JSON.stringify(record));
  put(`docker/containers/${ID}/mounts/shm/x`, '');
  // only root can make one
  spawnSync('mknod', [join(disk, 'docker/volumes/backingFsBlockDev'), 'b', '254', '16'], { stdio: 'ignore' });
  // what is in a volume or a layer is the container's
  put('docker/volumes/v/_data/link', '→/etc/passwd');
  put('docker/overlay2/abc/diff/link', '→/etc/passwd');
});
afterEach(() => rmSync(disk, { recursive: true }));

const tree = () =>
  execFileSync('find', [disk, '-printf', '%P %y %l\n'], { encoding: 'utf8' }).split('\n').sort();

test('control: what the engine itself makes stays as it is', () => {
  const before = tree();
  expect(clearEngineState(disk)).toEqual([]);
  expect(tree()).toEqual(before);
});

test('an empty disk stays empty', () => {
  rmSync(disk, { recursive: true });
  mkdirSync(disk);
  expect(clearEngineState(disk)).toEqual([]);
  expect(readdirSync(disk)).toEqual([]);
});

test.each([
  ['docker', '→/run/bulkhead'],
  ['containerd', '→/etc'],
  ['containerd-tmp', '→/run/bulkhead/bin'],
  ['containerd-tmp', 'a file'],
  ['dhcpcd', '→/run'],
  ['docker/volumes', '→/run/bulkhead'],
  ['docker/tmp', '→/run/bulkhead/tls'],
  ['docker/plugins', '→/etc'],
  ['docker/overlay2', '→/run'],
  ['docker/overlay2/abc', '→/run/bulkhead'],
  ['docker/overlay2/abc/merged', '→/run/bulkhead/bin'],
  ['docker/overlay2/abc/diff', '→/run/bulkhead/tls'],
  ['docker/overlay2/abc/work', '→/run'],
  ['docker/overlay2/abc/lower', '→/run/bulkhead/tls/key.pem'],
  ['docker/overlay2/l', '→/run'],
  ['docker/overlay2/l/SHORT', '→/run/bulkhead/tls'],
  ['docker/overlay2/l/SHORT', '→../../../../run/bulkhead/tls/diff'],
  ['docker/overlay2/l/SHORT', 'a file'],
  ['docker/image/overlay2/layerdb', '→/run'],
  ['docker/image/overlay2/layerdb/mounts', '→/run'],
  [`docker/image/overlay2/layerdb/mounts/${ID}`, '→/run'],
  [`docker/image/overlay2/layerdb/mounts/${ID}/mount-id`, '→/run/x'],
  ['docker/volumes/v', '→/run/bulkhead'],
  ['docker/volumes/v/_data', '→/run/bulkhead'],
  [`docker/containers/${ID}`, '→/run'],
  [`docker/containers/${ID}/hostname`, '→/proc/sys/kernel/core_pattern'],
  [`docker/containers/${ID}/config.v2.json`, '→/run/bulkhead/daemon.json'],
  [`docker/containers/${ID}/mounts`, '→/run/bulkhead'],
  [`docker/containers/${ID}/mounts/shm`, '→/run/bulkhead/bin'],
])('%s as %j is taken away', (path, text) => {
  put(path, text);
  expect(clearEngineState(disk).join()).toContain(join(disk, path));
  expect(lstatSync(join(disk, path), { throwIfNoEntry: false })).toBeUndefined();
});

test('a FIFO in the place of a file is not waited for', () => {
  const path = join(disk, `docker/containers/${ID}/config.v2.json`);
  rmSync(path);
  execFileSync('mkfifo', [path]);
  expect(clearEngineState(disk)).toHaveLength(1);
});

test.each([
  [`docker/image/overlay2/layerdb/mounts/${ID}`, 'mount-id', '../volumes/v/_data/x'],
  [`docker/image/overlay2/layerdb/mounts/${ID}`, 'init-id', '/run/bulkhead'],
  [`docker/image/overlay2/layerdb/sha256/${ID}`, 'cache-id', '..'],
  [
    `docker/containers/${ID}`,
    'config.v2.json',
    JSON.stringify({ ...record, HostnamePath: '/proc/sys/kernel/core_pattern' }),
  ],
  [
    `docker/containers/${ID}`,
    'config.v2.json',
    JSON.stringify({ ...record, hostspath: '/run/bulkhead/daemon.json' }),
  ],
  [
    `docker/containers/${ID}`,
    'config.v2.json',
    JSON.stringify({ ...record, ShmPath: `${OWN}/../../../../../run/bulkhead/bin` }),
  ],
  [`docker/containers/${ID}`, 'config.v2.json', JSON.stringify({ ...record, LogPath: ['/run'] })],
  [`docker/containers/${ID}`, 'config.v2.json', '{'],
  [`docker/containers/${ID}`, 'config.v2.json', '[]x'],
  ['docker/containers/other', 'config.v2.json', '{}'],
])('%s, whose %s is %j, is put aside', (folder, file, text) => {
  put(join(folder, file), text);
  expect(clearEngineState(disk)).toEqual([expect.stringContaining(`${join(disk, folder)}: `)]);
  expect(existsSync(join(disk, folder))).toBe(false);
  expect(readdirSync(join(disk, 'refused'))).toHaveLength(1);
});
