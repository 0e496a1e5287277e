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
    const header = Buffer.alloc(512);
    if (Buffer.byteLength(path) > 100) throw new RangeError(`${path} is too long for ustar`);
    header.write(path, 0);
    header.write(octal(mode, 8), 100, 'latin1');
    for (const at of [108, 116]) header.write(octal(0, 8), at, 'latin1');
    header.write(octal(data.length, 12), 124, 'latin1');
    header.write(octal(0, 12), 136, 'latin1');
    header.write('        ', 148, 'latin1');
    header.write(types[content.kind], 156, 'latin1');
    if (content.kind === 'link') header.write(content.target, 157);
    header.write('ustar\x0000', 257, 'latin1');
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    return [header, data, Buffer.alloc((512 - (data.length % 512)) % 512)];
  });
  return Buffer.concat([...members, Buffer.alloc(1024)]);
}

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, '0')}\0`;
}
