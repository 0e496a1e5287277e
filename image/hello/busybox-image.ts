import { digestOf } from '../digest.ts';
import { type TarEntry, tar } from '../outputs/tar.ts';

const applets = [
  ...[
    'sh',
    'ash',
    'echo',
    'cat',
    'ls',
    'sleep',
    'wget',
    'id',
    'mount',
    'umount',
    'ps',
    'top',
    'nc',
    'httpd',
    'ping',
  ],
  ...[
    'ip',
    'true',
    'false',
    'uname',
    'hostname',
    'touch',
    'rm',
    'mkdir',
    'cp',
    'mv',
    'ln',
    'dd',
    'df',
    'du',
    'env',
  ],
  ...[
    'grep',
    'sed',
    'awk',
    'head',
    'tail',
    'wc',
    'sort',
    'tr',
    'chmod',
    'chown',
    'stat',
    'sync',
    'kill',
    'nproc',
  ],
  ...[
    'free',
    'uptime',
    'date',
    'seq',
    'yes',
    'test',
    'tar',
    'md5sum',
    'sha256sum',
    'vi',
    'find',
    'xargs',
    'nslookup',
  ],
];

/** A container image of one layer around a static busybox. */
export interface BusyboxImage {
  /** `name:tag` */
  reference: string;
  command: readonly string[];
}

/** A file for `docker load` (Docker Image Specification v1.2), the same for the same input. */
export function busyboxImage(busybox: Buffer, { reference, command }: BusyboxImage): Buffer {
  const folder = (path: string, mode = 0o755): TarEntry => ({
    path: `${path}/`,
    mode,
    content: { kind: 'directory' },
  });
  const file = (path: string, mode: number, data: Buffer): TarEntry => ({
    path,
    mode,
    content: { kind: 'file', data },
  });
  const layer = tar([
    ...['bin', 'dev', 'etc', 'proc', 'root', 'sys', 'var', 'home'].map((path) => folder(path)),
    folder('tmp', 0o1777),
    file('bin/busybox', 0o755, busybox),
    ...applets.map(
      (name): TarEntry => ({
        path: `bin/${name}`,
        mode: 0o777,
        content: { kind: 'link', target: 'busybox' },
      }),
    ),
    file(
      'etc/passwd',
      0o644,
      Buffer.from('root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\n'),
    ),
    file('etc/group', 0o644, Buffer.from('root:x:0:\nnogroup:x:65534:\n')),
  ]);
  const config = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      created: '1970-01-01T00:00:00Z',
      config: { Cmd: command, Env: ['PATH=/bin'], WorkingDir: '/' },
      rootfs: { type: 'layers', diff_ids: [`sha256:${digestOf(layer)}`] },
      history: [{ created: '1970-01-01T00:00:00Z', created_by: 'bulkhead image/hello' }],
    }),
  );
  const configName = `${digestOf(config)}.json`;
  const manifest = Buffer.from(
    JSON.stringify([{ Config: configName, RepoTags: [reference], Layers: ['layer.tar'] }]),
  );
  return tar([
    file(configName, 0o644, config),
    file('layer.tar', 0o644, layer),
    file('manifest.json', 0o644, manifest),
  ]);
}

export const helloImage: BusyboxImage = {
  reference: 'bulkhead/hello:latest',
  command: [
    'sh',
    '-c',
    'echo "Hello from a container in Bulkhead."; echo "$(uname -sr), $(id -un) in $(hostname)"',
  ],
};
