import { describe, expect, it } from 'vitest';
import { type ElfNeeds, readElf, readElfFile } from './elf.ts';

const STRINGS = '\0libc.so.6\0libm.so.6\0/opt/lib\0';

/** A file with an interpreter, a dynamic section and one loaded segment that holds the strings at 0x400200. */
function elf(dynamic: readonly (readonly [tag: number, value: number])[]): Buffer {
  const data = Buffer.alloc(0x300);
  data.write('\x7fELF\x02\x01\x01', 'latin1');
  data.writeBigUInt64LE(64n, 32);
  data.writeUInt16LE(56, 54);
  data.writeUInt16LE(3, 56);
  const headers = [
    [3, 0x180, 0, 0x20],
    [2, 0x100, 0, 0x80],
    [1, 0x200, 0x400200, 0x100],
  ] as const;
  for (const [index, [type, offset, address, size]] of headers.entries()) {
    const at = 64 + 56 * index;
    data.writeUInt32LE(type, at);
    data.writeBigUInt64LE(BigInt(offset), at + 8);
    data.writeBigUInt64LE(BigInt(address), at + 16);
    data.writeBigUInt64LE(BigInt(size), at + 32);
  }
  const entries = [[5, 0x400200], [10, STRINGS.length], ...dynamic] as const;
  for (const [index, [tag, value]] of entries.entries()) {
    // The table of three headers reaches to 0xe8, so the dynamic section begins after it.
    data.writeBigInt64LE(BigInt(tag), 0x100 + index * 16);
    data.writeBigUInt64LE(BigInt(value), 0x108 + index * 16);
  }
  data.write('/lib64/ld-linux-x86-64.so.2\0', 0x180, 'latin1');
  data.write(STRINGS, 0x200, 'latin1');
  return data;
}

function needsOf(data: Buffer): ElfNeeds | undefined {
  return readElf((offset, length) => data.subarray(offset, offset + length), 'a file');
}

describe('readElf()', () => {
  it('finds the interpreter and the libraries', () => {
    const needs = needsOf(elf([[1, 1], [1, 11]])); // biome-ignore format: pairs of tag and value
    expect(needs).toEqual({
      interpreter: '/lib64/ld-linux-x86-64.so.2',
      libraries: ['libc.so.6', 'libm.so.6'],
    });
  });

  it('is undefined for what is no ELF file', () => {
    expect(needsOf(Buffer.from('#!/bin/sh\n'.repeat(10)))).toBeUndefined();
    expect(needsOf(Buffer.alloc(0))).toBeUndefined();
  });

  it.each([
    ['a RUNPATH', elf([[29, 21]])],
    ['an RPATH', elf([[15, 21]])],
    ['a name outside of the strings', elf([[1, 4000]])],
    ['a file that was cut', elf([]).subarray(0, 0x90)],
    ['a 32-bit file', Buffer.concat([Buffer.from('\x7fELF\x01\x01', 'latin1'), Buffer.alloc(64)])],
  ])('refuses %s', (_what, data) => {
    expect(() => needsOf(data)).toThrow(expect.objectContaining({ code: 'elf-malformed' }));
  });

  it('reads this Node', () => {
    expect(readElfFile(process.execPath)?.libraries).toContain('libc.so.6');
  });
});
