import { readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { cpio } from '../../image/outputs/cpio.ts';
import { readMembers } from '../../policy/initramfs/members.ts';

/** An initramfs with other content in some of its members. */
export function withMembers(path: string, changes: Record<string, Buffer>): Buffer {
  const members = readMembers(gunzipSync(readFileSync(path))).map((member) => ({
    ...member,
    data: changes[member.path] ?? member.data,
  }));
  return gzipSync(cpio(members), { level: 1 });
}
