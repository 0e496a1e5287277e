/**
 * A disk with one file, \EFI\BOOT\BOOTX64.EFI, which firmware starts when nothing else is said (UEFI 2.10, 3.5.1.1): FAT16
 * (Microsoft, 'FAT General Overview', 1.03), without a partition table. No times, no random serial number: the same file
 * gives the same disk.
 */
const SECTOR = 512;
const PER_CLUSTER = 4;
const CLUSTER = SECTOR * PER_CLUSTER;
const ROOT_ENTRIES = 512;
/** Fewer would be FAT12, more FAT32 */
const LEAST = 4085 + 16;
const MOST = 65_524 - 16;
const END = 0xffff;
const DIRECTORY = 0x10;
/** 1980-01-01, the first day there is */
const EPOCH = 0x21;

export function bootDisk(program: Buffer): Buffer {
  const fileClusters = Math.ceil(program.length / CLUSTER);
  const clusters = Math.max(LEAST, fileClusters + 2);
  if (clusters > MOST) throw new RangeError('the program is too large for FAT16');
  const fatSectors = Math.ceil(((clusters + 2) * 2) / SECTOR);
  const rootSectors = (ROOT_ENTRIES * 32) / SECTOR;
  const sectors = 1 + 2 * fatSectors + rootSectors + clusters * PER_CLUSTER;
  const fat = Buffer.alloc(fatSectors * SECTOR);
  for (const [cluster, value] of [0xfff8, END, END, END].entries()) fat.writeUInt16LE(value, cluster * 2);
  for (let at = 0; at < fileClusters; at++) {
    fat.writeUInt16LE(at === fileClusters - 1 ? END : 4 + at + 1, (4 + at) * 2);
  }
  const root = Buffer.alloc(rootSectors * SECTOR);
  entry('EFI        ', DIRECTORY, 2, 0).copy(root);
  const efi = folder(2, 0, entry('BOOT       ', DIRECTORY, 3, 0));
  const boot = folder(3, 2, entry('BOOTX64 EFI', 0, 4, program.length));
  const disk = Buffer.alloc(sectors * SECTOR);
  let at = 0;
  for (const part of [bootSector(sectors, fatSectors), fat, fat, root, efi, boot, program]) {
    at += part.copy(disk, at);
  }
  return disk;
}

function bootSector(sectors: number, fatSectors: number): Buffer {
  const sector = Buffer.alloc(SECTOR);
  sector.write('eb3c90', 0, 'hex');
  sector.write('BULKHEAD', 3, 'latin1');
  sector.writeUInt16LE(SECTOR, 11);
  sector.writeUInt8(PER_CLUSTER, 13);
  sector.writeUInt16LE(1, 14); // reserved: this sector
  sector.writeUInt8(2, 16); // FATs
  sector.writeUInt16LE(ROOT_ENTRIES, 17);
  sector.writeUInt16LE(sectors < 0x10000 ? sectors : 0, 19);
  sector.writeUInt8(0xf8, 21); // a fixed disk
  sector.writeUInt16LE(fatSectors, 22);
  sector.writeUInt16LE(32, 24); // geometry, which only old tools read
  sector.writeUInt16LE(64, 26);
  sector.writeUInt32LE(sectors < 0x10000 ? 0 : sectors, 32);
  sector.writeUInt8(0x80, 36);
  sector.writeUInt8(0x29, 38); // serial number, label and type follow
  sector.writeUInt32LE(0x62756c6b, 39);
  sector.write('BULKHEAD   FAT16   ', 43, 'latin1');
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}

function folder(self: number, parent: number, content: Buffer): Buffer {
  const cluster = Buffer.alloc(CLUSTER);
  entry('.          ', DIRECTORY, self, 0).copy(cluster, 0);
  entry('..         ', DIRECTORY, parent, 0).copy(cluster, 32);
  content.copy(cluster, 64);
  return cluster;
}

function entry(name: string, attributes: number, cluster: number, size: number): Buffer {
  const bytes = Buffer.alloc(32);
  bytes.write(name, 0, 'latin1');
  bytes.writeUInt8(attributes, 11);
  for (const date of [16, 18, 24]) bytes.writeUInt16LE(EPOCH, date);
  bytes.writeUInt16LE(cluster, 26);
  bytes.writeUInt32LE(size, 28);
  return bytes;
}
