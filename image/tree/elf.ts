import { ImageError } from '../error.ts';

/** What an ELF file asks the dynamic loader for. */
export interface ElfNeeds {
  interpreter: string | undefined;
  libraries: string[];
}

const PT_DYNAMIC = 2;
const PT_INTERP = 3;
const PT_LOAD = 1;
const DT_NEEDED = 1n;
const DT_STRTAB = 5n;

/** Reads a 64-bit little-endian ELF file (elf(5)). @returns undefined when it is no ELF file */
export function readElf(data: Buffer, name: string): ElfNeeds | undefined {
  if (data.length < 64 || data.readUInt32BE(0) !== 0x7f454c46) return undefined;
  if (data[4] !== 2 || data[5] !== 1) throw new ImageError('elf-malformed', `${name} is not for x86-64`, 'correct image/content.ts');
  const headers = programHeaders(data);
  const interpreter = headers.find(({ type }) => type === PT_INTERP);
  const dynamic = headers.find(({ type }) => type === PT_DYNAMIC);
  return {
    interpreter: interpreter === undefined ? undefined : text(data, interpreter.offset),
    libraries: dynamic === undefined ? [] : neededLibraries(data, dynamic, headers),
  };
}

interface ProgramHeader {
  type: number;
  offset: number;
  address: number;
  size: number;
}

function programHeaders(data: Buffer): ProgramHeader[] {
  const start = Number(data.readBigUInt64LE(32));
  const size = data.readUInt16LE(54);
  return Array.from({ length: data.readUInt16LE(56) }, (_, index) => {
    const at = start + index * size;
    return {
      type: data.readUInt32LE(at),
      offset: Number(data.readBigUInt64LE(at + 8)),
      address: Number(data.readBigUInt64LE(at + 16)),
      size: Number(data.readBigUInt64LE(at + 32)),
    };
  });
}

function neededLibraries(data: Buffer, dynamic: ProgramHeader, headers: readonly ProgramHeader[]): string[] {
  const needed: number[] = [];
  let strings = 0;
  for (let at = dynamic.offset; at < dynamic.offset + dynamic.size; at += 16) {
    const tag = data.readBigInt64LE(at);
    const value = Number(data.readBigUInt64LE(at + 8));
    if (tag === DT_NEEDED) needed.push(value);
    if (tag === DT_STRTAB) strings = value;
    if (tag === 0n) break;
  }
  const load = headers.find(({ type, address, size }) => type === PT_LOAD && strings >= address && strings < address + size);
  const table = load === undefined ? strings : strings - load.address + load.offset;
  return needed.map((offset) => text(data, table + offset));
}

function text(data: Buffer, start: number): string {
  return data.toString('latin1', start, data.indexOf(0, start));
}
