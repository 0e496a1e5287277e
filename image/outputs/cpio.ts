/** An entry of an initramfs. */
export interface CpioEntry {
  /** without a leading slash */
  path: string;
  mode: number;
  data: Buffer;
}

/** A `newc` archive (Documentation/driver-api/early-userspace/buffer-format.rst), the same for the same entries. */
export function cpio(entries: readonly CpioEntry[]): Buffer {
  const all = [...entries, { path: 'TRAILER!!!', mode: 0, data: Buffer.alloc(0) }];
  return Buffer.concat(all.flatMap((entry, index) => member(entry, index + 1)));
}

function member({ path, mode, data }: CpioEntry, inode: number): Buffer[] {
  const name = Buffer.from(`${path}\0`);
  const fields = [inode, mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0, name.length, 0];
  const header = Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`);
  return [header, name, padding(header.length + name.length), data, padding(data.length)];
}

function padding(length: number): Buffer {
  return Buffer.alloc((4 - (length % 4)) % 4);
}
