import { randomBytes } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { HostError, hasSystemCode } from '../errors.ts';
import { identifyProcess, isAlive } from './process.ts';

/** Held by one command at a time. A lock whose holder has died is taken over. */
export interface Lock {
  release(): Promise<void>;
}

/**
 * Takes the lock at `path`: a file that names its holder, put there whole by link(2), which fails if one is
 * there. @throws {HostError} `locked`
 */
export async function takeLock(path: string): Promise<Lock> {
  const self = identifyProcess(process.pid);
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, JSON.stringify(self), { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < 5; attempt++) {
      if (await linked(draft, path)) return { release: () => rm(path, { force: true }) };
      const holder = await readHolder(path);
      if (holder === undefined) continue;
      if (isAlive(holder)) {
        throw new HostError('locked', `another bulkhead command (pid ${holder.pid}) is at work on this VM`);
      }
      await removeStale(path, holder.text);
    }
    throw new HostError('locked', 'other bulkhead commands are at work on this VM');
  } finally {
    await rm(draft, { force: true });
  }
}

async function linked(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (hasSystemCode(error, 'EEXIST')) return false;
    throw error;
  }
}

async function readHolder(
  path: string,
): Promise<{ pid: number; startTime: string; text: string } | undefined> {
  try {
    const text = await readFile(path, 'utf8');
    const { pid, startTime } = JSON.parse(text) as { pid: number; startTime: string };
    return { pid, startTime, text };
  } catch (error) {
    if (hasSystemCode(error, 'ENOENT')) return undefined; // released meanwhile
    if (error instanceof SyntaxError) return { pid: 0, startTime: '', text: await readFile(path, 'utf8') };
    throw error;
  }
}

/** Two commands may see the same stale lock: whoever moved away a fresh one puts it back. */
async function removeStale(path: string, seen: string): Promise<void> {
  const aside = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await rename(path, aside);
    if ((await readFile(aside, 'utf8')) !== seen) await linked(aside, path);
  } catch (error) {
    if (!hasSystemCode(error, 'ENOENT')) throw error;
  } finally {
    await rm(aside, { force: true });
  }
}
