import { readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type CpioEntry, cpio } from '../../image/outputs/cpio.ts';

const HEADER = 110;
const padded = (length: number): number => Math.ceil(length / 4) * 4;

/** The members of an initramfs that image/outputs/initramfs.ts made. */
export function readMembers(packed: Buffer): CpioEntry[] {
  const archive = gunzipSync(packed);
  const members: CpioEntry[] = [];
  for (let at = 0; ; ) {
    const field = (index: number): number =>
      Number.parseInt(archive.toString('latin1', at + 6 + index * 8, at + 14 + index * 8), 16);
    const [mode, size, nameSize] = [field(1), field(6), field(11)];
    const path = archive.toString('utf8', at + HEADER, at + HEADER + nameSize - 1);
    if (path === 'TRAILER!!!') return members;
    const start = at + padded(HEADER + nameSize);
    members.push({ path, mode, data: archive.subarray(start, start + size) });
    at = start + padded(size);
  }
}

/** An initramfs with other content in some of its members. */
export function withMembers(path: string, changes: Record<string, Buffer>): Buffer {
  const members = readMembers(readFileSync(path)).map((member) => ({
    ...member,
    data: changes[member.path] ?? member.data,
  }));
  return gzipSync(cpio(members), { level: 1 });
}
