import { execFileSync } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findMirrors } from '../../image/debian/apt-machine.ts';

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const NPM = '/usr/lib/node_modules/npm';

/** What Dockerfile.builder starts from, made of this machine's release of Debian and its Node. */
export interface BuilderBase {
  /** A root file system for `docker import`. */
  tar: string;
  /** For `docker import --change`. */
  changes: string[];
  /** Servers that packages come from, as this machine finds them: for `docker build --add-host`. */
  hosts: string[];
}

/** @param folder empty; for the tar */
export async function builderBase(folder: string): Promise<BuilderBase> {
  const { main, security } = await findMirrors(process.env);
  const registry = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim();
  const release = /^VERSION_CODENAME=(.+)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];
  if (release === undefined) throw new Error('/etc/os-release names no VERSION_CODENAME');
  const tar = join(folder, 'base.tar');
  const over = machineFiles();
  try {
    execFileSync(
      'mmdebstrap',
      [
        ...['--variant=minbase', '--include=ca-certificates', `--keyring=${KEYRING}`],
        `--customize-hook=sync-in '${over}' /`,
        ...[release, tar],
        `deb ${main} ${release} main`,
        `deb ${main} ${release}-updates main`,
        `deb ${security} ${release}-security main`,
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
  } finally {
    rmSync(over, { recursive: true });
  }
  const names = new Set([main, security, registry].map((address) => new URL(address).hostname));
  const hosts = await Promise.all(
    [...names].map(async (name) => `${name}:${(await lookup(name, 4)).address}`),
  );
  return { tar, hosts, changes: [`ENV npm_config_registry=${registry}`] };
}

/** This machine's Node and npm, and how its apt and npm reach their servers. @returns a folder to copy over the root */
function machineFiles(): string {
  const over = mkdtempSync(join(tmpdir(), 'bhb-'));
  const place = (from: string, to = from): void => {
    mkdirSync(join(over, dirname(to)), { recursive: true });
    cpSync(from, join(over, to), { recursive: true, verbatimSymlinks: true });
  };
  place(process.execPath, '/usr/bin/node');
  place(NPM);
  writeFileSync(join(over, 'usr/bin/npm'), `#!/bin/sh\nexec node ${NPM}/bin/npm-cli.js "$@"\n`, {
    mode: 0o755,
  });
  for (const path of ['/etc/ssl/certs', '/usr/etc/npmrc']) if (existsSync(path)) place(path);
  mkdirSync(join(over, 'etc/apt/apt.conf.d'), { recursive: true });
  const options = execFileSync('apt-config', ['dump', 'Acquire'], { encoding: 'utf8' });
  writeFileSync(join(over, 'etc/apt/apt.conf.d/99machine'), options);
  return over;
}
