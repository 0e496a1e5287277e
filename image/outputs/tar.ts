/** An entry of a tar archive. */
export interface TarEntry {
  path: string;
  mode: number;
  content: { kind: 'file'; data: Buffer } | { kind: 'directory' } | { kind: 'link'; target: string };
}

const types = { file: '0', link: '2', directory: '5' } as const;

/** A ustar archive owned by 0:0 with time 0, the same for the same entries (POSIX.1-2017, pax). */
export function tar(entries: readonly TarEntry[]): Buffer {
  const members = entries.flatMap(({ path, mode, content }) => {
    const data = content.kind === 'file' ? content.data : Buffer.alloc(0);
    if (Buffer.byteLength(path) > 100) throw new RangeError(`${path} is too long for ustar`);
    const target = content.kind === 'link' ? content.target : '';
    const header = tarHeader({ name: path, mode, size: data.length, kind: content.kind, target });
    return [header, data, Buffer.alloc((512 - (data.length % 512)) % 512)];
  });
  return Buffer.concat([...members, Buffer.alloc(1024)]);
}

/** The 512 bytes before a member's data. `prefix/name` is its path; bytes: name and target 100, prefix 155. */
export function tarHeader(member: {
  prefix?: string;
  name: string;
  mode: number;
  size: number;
  kind: keyof typeof types;
  target: string;
}): Buffer {
  const { prefix = '', name, mode, size, kind, target } = member;
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write(octal(mode, 8), 100, 'latin1');
  for (const at of [108, 116]) header.write(octal(0, 8), at, 'latin1');
  header.write(octal(size, 12), 124, 'latin1');
  header.write(octal(0, 12), 136, 'latin1');
  header.write('        ', 148, 'latin1');
  header.write(types[kind], 156, 'latin1');
  header.write(target, 157);
  header.write('ustar\x0000', 257, 'latin1');
  header.write(prefix, 345);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, '0')}\0`;
}
