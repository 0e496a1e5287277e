/** What the beginning of a disk says about it. */
export type DiskContent =
  | { kind: 'blank' }
  | { kind: 'ext4'; label: string /** bytes */; size: number; clean: boolean }
  | { kind: 'foreign' };

/** How much of the disk is needed to tell, in bytes. */
export const PROBE_BYTES = 1024 * 1024;

/** Offsets within the superblock: Documentation/filesystems/ext4/super.rst */
const SUPERBLOCK = 1024;
const MAGIC = 0xef53;
const STATE_CLEAN = 1;
const INCOMPAT_RECOVER = 0x4;
const INCOMPAT_64BIT = 0x80;

/** Pure. @param beginning the first {@link PROBE_BYTES} of the disk, or all of a smaller one */
export function readDiskContent(beginning: Buffer): DiskContent {
  if (beginning.equals(Buffer.alloc(beginning.length))) return { kind: 'blank' };
  if (beginning.length < SUPERBLOCK + 1024) return { kind: 'foreign' };
  const superblock = beginning.subarray(SUPERBLOCK, SUPERBLOCK + 1024);
  if (superblock.readUInt16LE(0x38) !== MAGIC) return { kind: 'foreign' };
  const incompatible = superblock.readUInt32LE(0x60);
  const high = incompatible & INCOMPAT_64BIT ? superblock.readUInt32LE(0x150) : 0;
  const blocks = high * 2 ** 32 + superblock.readUInt32LE(0x4);
  return {
    kind: 'ext4',
    label: superblock.toString('latin1', 0x78, 0x88).replace(/\0.*$/s, ''),
    size: blocks * 1024 * 2 ** superblock.readUInt32LE(0x18),
    clean: superblock.readUInt16LE(0x3a) === STATE_CLEAN && (incompatible & INCOMPAT_RECOVER) === 0,
  };
}
