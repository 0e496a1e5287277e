import { closeSync, openSync, readSync } from 'node:fs';
import { ImageError } from '../error.ts';

/** What an ELF file asks the dynamic loader for. */
export interface ElfNeeds {
  interpreter: string | undefined;
  libraries: string[];
}

/** Reads `length` bytes at `offset`, fewer at the end. */
export type ReadAt = (offset: number, length: number) => Buffer;

const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_INTERP = 3;
const DT_NEEDED = 1n;
const DT_STRTAB = 5n;
const DT_STRSZ = 10n;
const DT_RPATH = 15n;
const DT_RUNPATH = 29n;

/** `readElf` of a file; only the few parts that it asks for are read. */
export function readElfFile(path: string): ElfNeeds | undefined {
  const descriptor = openSync(path, 'r');
  try {
    return readElf((offset, length) => {
      const bytes = Buffer.alloc(length);
      return bytes.subarray(0, readSync(descriptor, bytes, 0, length, offset));
    }, path);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Reads a 64-bit little-endian ELF file (elf(5)).
 * @returns undefined when it is no ELF file
 * @throws {ImageError} `elf-malformed`; also for a RUNPATH, since libraries are only looked for in the loader's
 * own folders
 */
export function readElf(read: ReadAt, name: string): ElfNeeds | undefined {
  const header = read(0, 64);
  if (header.length < 64 || header.readUInt32BE(0) !== 0x7f454c46) return undefined;
  if (header[4] !== 2 || header[5] !== 1) throw malformed(`${name} is not for x86-64`);
  try {
    const headers = programHeaders(header, read);
    const interpreter = headers.find(({ type }) => type === PT_INTERP);
    const dynamic = headers.find(({ type }) => type === PT_DYNAMIC);
    return {
      interpreter: interpreter && text(read(interpreter.offset, interpreter.size), 0),
      libraries: dynamic === undefined ? [] : neededLibraries(name, read, dynamic, headers),
    };
  } catch (cause) {
    if (cause instanceof RangeError)
      throw malformed(`${name} ends before what its ELF header promises`, cause);
    throw cause;
  }
}

interface ProgramHeader {
  type: number;
  offset: number;
  address: number;
  size: number;
}

function programHeaders(header: Buffer, read: ReadAt): ProgramHeader[] {
  const size = header.readUInt16LE(54);
  const count = header.readUInt16LE(56);
  const table = read(Number(header.readBigUInt64LE(32)), size * count);
  return Array.from({ length: count }, (_, index) => {
    const at = index * size;
    return {
      type: table.readUInt32LE(at),
      offset: Number(table.readBigUInt64LE(at + 8)),
      address: Number(table.readBigUInt64LE(at + 16)),
      size: Number(table.readBigUInt64LE(at + 32)),
    };
  });
}

function neededLibraries(
  name: string,
  read: ReadAt,
  dynamic: ProgramHeader,
  headers: readonly ProgramHeader[],
): string[] {
  const table = read(dynamic.offset, dynamic.size);
  const needed: number[] = [];
  const values = new Map<bigint, number>();
  for (let at = 0; at + 16 <= table.length; at += 16) {
    const tag = table.readBigInt64LE(at);
    if (tag === 0n) break;
    const value = Number(table.readBigUInt64LE(at + 8));
    if (tag === DT_NEEDED) needed.push(value);
    else values.set(tag, value);
  }
  const address = values.get(DT_STRTAB) ?? 0;
  const load = headers.find(
    (each) => each.type === PT_LOAD && address >= each.address && address < each.address + each.size,
  );
  if (load === undefined) return [];
  const strings = read(address - load.address + load.offset, values.get(DT_STRSZ) ?? 0);
  const runPath = values.get(DT_RUNPATH) ?? values.get(DT_RPATH);
  if (runPath !== undefined) throw malformed(`${name} looks for libraries in ${text(strings, runPath)}`);
  return needed.map((offset) => text(strings, offset));
}

function text(data: Buffer, start: number): string {
  const end = data.indexOf(0, start);
  if (start > data.length || end < 0) throw new RangeError('a text has no end');
  return data.toString('latin1', start, end);
}

function malformed(message: string, cause?: Error): ImageError {
  return new ImageError('elf-malformed', message, 'correct image/content.ts', { cause });
}
