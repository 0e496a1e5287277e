import { existsSync } from 'node:fs';
import { mkdir, rename, rm, utimes } from 'node:fs/promises';
import { dirname } from 'node:path';
import { digestFile } from '../digest.ts';
import { ImageError } from '../error.ts';
import { run } from '../run.ts';

/** apt's own fetcher: it honours apt's proxies, credentials and retries. */
const FETCHER = '/usr/lib/apt/apt-helper';
const ATTEMPTS = 3;

/** Fetches `url` to `path`; its time is that of the fetch. @throws {ImageError} `download-failed` */
export async function download(url: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const partial = `${path}.${process.pid}.part`;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await rm(partial, { force: true });
      await run(FETCHER, ['-o', 'Acquire::Retries=2', 'download-file', url, partial]);
      const now = new Date();
      await utimes(partial, now, now); // apt gives a file the server's time
      await rename(partial, path);
      return;
    } catch (cause) {
      await rm(partial, { force: true });
      if (cause instanceof ImageError && cause.code === 'tool-missing') throw cause;
      if (attempt < ATTEMPTS) continue;
      const hint = 'check the network and the mirror; what was fetched so far is kept';
      throw new ImageError('download-failed', `${url} could not be fetched`, hint, { cause });
    }
  }
}

/** Fetches a file known by its SHA-256 unless `path` holds it. @throws {ImageError} `hash-mismatch`, `offline` */
export async function downloadExact(
  url: string,
  path: string,
  sha256: string,
  offline: boolean,
): Promise<void> {
  if (existsSync(path) && (await digestFile(path)) === sha256) return;
  if (offline) throw new ImageError('offline', `${url} is not in the cache`, 'build without --offline once');
  await download(url, path);
  const found = await digestFile(path);
  if (found === sha256) return;
  await rm(path);
  const hint = 'the mirror or something on the way changed it: use another mirror';
  throw new ImageError('hash-mismatch', `${url} has sha256 ${found}, signed was ${sha256}`, hint);
}
