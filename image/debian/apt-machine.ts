import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ImageError } from '../error.ts';
import { type AptSource, chooseMirrors, parseDeb822Sources, parseOneLineSources } from './apt-sources.ts';

const FOLDER = '/etc/apt';

/** What this machine's environment and apt say about where packages come from. */
export interface MachineMirrors {
  main: string;
  security: string;
}

/**
 * `BULKHEAD_MIRROR` and `BULKHEAD_SECURITY_MIRROR`, else apt's own configuration. With only the first set, a
 * security archive beside it is assumed when its address ends in `/debian`.
 * @throws {ImageError} `mirror-unknown`
 */
export async function findMirrors(env: NodeJS.ProcessEnv): Promise<MachineMirrors> {
  const given = env.BULKHEAD_MIRROR?.replace(/\/+$/, '');
  const beside = given?.endsWith('/debian') ? `${given}-security` : undefined;
  const apt = chooseMirrors(await readSources());
  const main = given ?? apt.main;
  const security = env.BULKHEAD_SECURITY_MIRROR?.replace(/\/+$/, '') ?? beside ?? apt.security;
  if (main !== undefined && security !== undefined) return { main, security };
  const missing =
    main === undefined ? "a mirror of Debian's archive" : "a mirror of Debian's security archive";
  throw new ImageError(
    'mirror-unknown',
    `apt's configuration in ${FOLDER} names no ${missing.slice(2)}`,
    'set BULKHEAD_MIRROR (…/debian) and BULKHEAD_SECURITY_MIRROR (…/debian-security) to mirrors that hold trixie',
  );
}

/** The proxy that apt uses, for `http` and `https`; undefined where it connects directly. */
export async function findAptProxies(): Promise<{ http: string | undefined; https: string | undefined }> {
  const run = promisify(execFile);
  const said = await run('apt-config', [
    'shell',
    'HTTP',
    'Acquire::http::Proxy',
    'HTTPS',
    'Acquire::https::Proxy',
  ]).then(
    ({ stdout }) => stdout,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return ''; // no apt, no proxy of apt's
      throw error;
    },
  );
  const value = (name: string): string | undefined => {
    const found = new RegExp(`^${name}='(.*)'$`, 'm').exec(said)?.[1];
    return found === undefined || found === '' || found === 'DIRECT' ? undefined : found;
  };
  return { http: value('HTTP'), https: value('HTTPS') };
}

async function readSources(): Promise<AptSource[]> {
  const parts = join(FOLDER, 'sources.list.d');
  const names = (await readdir(parts).catch(emptyWhenAbsent([]))).sort().map((name) => join(parts, name));
  const sources: AptSource[] = [];
  for (const path of [join(FOLDER, 'sources.list'), ...names]) {
    const text = await readFile(path, 'utf8').catch(emptyWhenAbsent(''));
    if (path.endsWith('.sources')) sources.push(...parseDeb822Sources(text));
    else if (path.endsWith('.list')) sources.push(...parseOneLineSources(text));
  }
  return Promise.all(sources.map(resolveMirrorList));
}

/** Debian's cloud images name a file of mirrors (apt-transport-mirror(1)): its first line is taken. */
async function resolveMirrorList(source: AptSource): Promise<AptSource> {
  const path = /^mirror\+file:(?:\/\/)?(\/.*)$/.exec(source.uri)?.[1];
  if (path === undefined) return source;
  const text = await readFile(path, 'utf8').catch(emptyWhenAbsent(''));
  const uri = /^https?:\/\/\S+/m.exec(text)?.[0];
  return uri === undefined ? source : { ...source, uri };
}

function emptyWhenAbsent<T>(empty: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === 'ENOENT') return empty;
    throw error;
  };
}
