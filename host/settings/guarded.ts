import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { MOST_BYTES } from '../../policy/settings/parse.ts';
import { hasSystemCode } from '../errors.ts';
import { type AdminPlaces, foldersTo } from './places.ts';

/** What of stat(2) decides whether others than the owner could have written something. */
export interface Guard {
  /** `hidden`: a folder around it does not let this user look. */
  kind: 'file' | 'folder' | 'link' | 'other' | 'hidden';
  uid: number;
  mode: number;
}

/** A file that only its owner can have written; or that is absent; or that must not be believed. */
export type GuardedFile =
  | { state: 'absent' }
  | { state: 'read'; path: string; bytes: Buffer }
  | { state: 'unsafe'; path: string; problem: string; hint: string };

type Problem = { problem: string; hint: string };

/** Why `path` could be the work of somebody else; undefined when it could not. Pure. */
export function guardProblem(
  path: string,
  wanted: 'file' | 'folder',
  { kind, uid, mode }: Guard,
  owner: number | undefined,
): Problem | undefined {
  if (kind === 'hidden')
    return { problem: `${path} cannot be seen by you`, hint: `chmod a+x '${posix.dirname(path)}'` };
  if (kind !== wanted)
    return {
      problem: `${path} is ${kind === 'link' ? 'a symbolic link' : `no ${wanted}`}`,
      hint: `put the ${wanted} itself there`,
    };
  if (owner === undefined) return undefined;
  const name = owner === 0 ? 'root' : `user ${owner}`;
  if (uid !== owner)
    return { problem: `${path} belongs to user ${uid}, not to ${name}`, hint: `chown ${owner} '${path}'` };
  // S_IWGRP and S_IWOTH, inode(7). The sticky bit is no excuse: others may still add what is not there yet.
  if ((mode & 0o022) !== 0)
    return {
      problem: `${path} can be written by others than ${name} (mode ${(mode & 0o7777).toString(8)})`,
      hint: `chmod go-w '${path}'`,
    };
  return undefined;
}

/**
 * Reads `name` in `folder`. The folders are looked at first, from the outermost on: none that was found to be the
 * owner's alone can be exchanged afterwards but by the owner. The file is looked at through the descriptor that is read.
 */
export async function readGuarded(folder: string, name: string, places: AdminPlaces): Promise<GuardedFile> {
  const path = join(folder, name);
  for (const each of foldersTo(folder, places)) {
    const guard = await guardOf(each);
    if (guard === undefined) return { state: 'absent' };
    const problem = guardProblem(each, 'folder', guard, places.owner);
    // An unsafe folder concerns nobody as long as the file is not there.
    if (problem) return (await guardOf(path)) ? { state: 'unsafe', path, ...problem } : { state: 'absent' };
  }
  const seen = await guardOf(path);
  if (seen === undefined) return { state: 'absent' };
  const early = guardProblem(path, 'file', seen, places.owner);
  if (early) return { state: 'unsafe', path, ...early };
  return await readFileGuarded(path, places.owner);
}

async function readFileGuarded(path: string, owner: number | undefined): Promise<GuardedFile> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    (error: unknown) => error as Error,
  );
  if (file instanceof Error) {
    if (hasSystemCode(file, 'ENOENT')) return { state: 'absent' };
    if (hasSystemCode(file, 'EACCES', 'EPERM'))
      return {
        state: 'unsafe',
        path,
        problem: `${path} cannot be read by you`,
        hint: `chmod a+r '${path}'`,
      };
    if (hasSystemCode(file, 'ELOOP'))
      return {
        state: 'unsafe',
        path,
        problem: `${path} is a symbolic link`,
        hint: 'put the file itself there',
      };
    throw file;
  }
  try {
    const stat = await file.stat();
    const kind = stat.isFile() ? 'file' : 'other';
    const problem = guardProblem(path, 'file', { kind, uid: stat.uid, mode: stat.mode }, owner);
    if (problem) return { state: 'unsafe', path, ...problem };
    if (stat.size > MOST_BYTES)
      return {
        state: 'unsafe',
        path,
        problem: `${path} has ${stat.size} bytes, more than ${MOST_BYTES}`,
        hint: 'make it smaller',
      };
    return { state: 'read', path, bytes: await file.readFile() };
  } finally {
    await file.close();
  }
}

async function guardOf(path: string): Promise<Guard | undefined> {
  try {
    const stat = await lstat(path);
    const kind = stat.isSymbolicLink()
      ? 'link'
      : stat.isDirectory()
        ? 'folder'
        : stat.isFile()
          ? 'file'
          : 'other';
    return { kind, uid: stat.uid, mode: stat.mode };
  } catch (error) {
    if (hasSystemCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    if (hasSystemCode(error, 'EACCES')) return { kind: 'hidden', uid: -1, mode: 0 };
    throw error;
  }
}
