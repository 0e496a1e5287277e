import type { DiskContent } from './superblock.ts';

/** What to do with a disk before it is mounted. */
export type DiskPlan =
  | { action: 'format' }
  /** `thorough`: check all of it, as resize2fs demands. */
  | { action: 'check'; thorough: boolean; grow: boolean }
  | { action: 'refuse'; reason: string };

/** Growing by less than this is not worth the check it needs, bytes. */
const WORTH_GROWING = 64 * 1024 * 1024;

/**
 * Pure. Formats only what is blank: never a disk that holds something of somebody's.
 * @param size of the disk, bytes @param label of the file system that belongs there
 */
export function planDisk(content: DiskContent, size: number, label: string): DiskPlan {
  if (content.kind === 'blank') return { action: 'format' };
  if (content.kind === 'foreign')
    return { action: 'refuse', reason: 'it holds something that is no ext4 file system' };
  if (content.label !== label) {
    return { action: 'refuse', reason: `its label is "${content.label}", not "${label}"` };
  }
  if (content.size > size) {
    return { action: 'refuse', reason: `its file system has ${content.size} bytes, the disk only ${size}` };
  }
  const grow = size - content.size >= WORTH_GROWING;
  return { action: 'check', thorough: grow, grow };
}
