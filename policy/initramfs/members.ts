/** A file of an initramfs. */
export interface Member {
  path: string;
  mode: number;
  data: Buffer;
}

const HEADER = 110;
const MAGIC = '070701';
const padded = (length: number): number => Math.ceil(length / 4) * 4;

/**
 * The members of an uncompressed `newc` archive (Documentation/driver-api/early-userspace/buffer-format.rst).
 * @throws {RangeError} when it is none, or cut off
 */
export function readMembers(archive: Buffer): Member[] {
  const members: Member[] = [];
  for (let at = 0; ; ) {
    if (archive.toString('latin1', at, at + 6) !== MAGIC) throw new RangeError('this is no initramfs');
    const field = (index: number): number =>
      Number.parseInt(archive.toString('latin1', at + 6 + index * 8, at + 14 + index * 8), 16);
    const [mode, size, nameSize] = [field(1), field(6), field(11)];
    const path = archive.toString('utf8', at + HEADER, at + HEADER + nameSize - 1);
    if (path === 'TRAILER!!!') return members;
    const start = at + padded(HEADER + nameSize);
    if (start + size > archive.length) throw new RangeError('the initramfs is cut off');
    members.push({ path, mode, data: archive.subarray(start, start + size) });
    at = start + padded(size);
  }
}
