import { readPe, SECTION_HEADER } from '../../policy/secure-boot/pe.ts';
import { ImageError } from '../error.ts';

/** What systemd's stub looks for in its own sections (systemd-stub(7)). */
export interface UkiParts {
  osRelease: string;
  commandLine: string;
  /** `uname -r` */
  kernelRelease: string;
  initramfs: Buffer;
  kernel: Buffer;
}

/** IMAGE_SCN_CNT_INITIALIZED_DATA, IMAGE_SCN_MEM_READ */
const READ_ONLY_DATA = 0x40000040;

/** A unified kernel image: systemd's stub with the parts as sections behind its own, not signed yet. */
export function assembleUki(stub: Buffer, parts: UkiParts): Buffer {
  return addSections(stub, [
    ['.osrel', Buffer.from(parts.osRelease)],
    ['.cmdline', Buffer.from(parts.commandLine)],
    ['.uname', Buffer.from(parts.kernelRelease)],
    ['.initrd', parts.initramfs],
    ['.linux', parts.kernel],
  ]);
}

function addSections(program: Buffer, added: readonly (readonly [string, Buffer])[]): Buffer {
  const layout = readPe(program);
  const { table, count, optional, sectionAlignment, fileAlignment, headersEnd } = layout;
  if (table + (count + added.length) * SECTION_HEADER > headersEnd) {
    throw new ImageError('command-failed', "systemd's stub has no room for more sections", 'report it');
  }
  const up = (value: number, alignment: number): number => Math.ceil(value / alignment) * alignment;
  const headers = Buffer.from(program.subarray(0, headersEnd));
  const pieces = [headers, program.subarray(headersEnd)];
  const last = table + (count - 1) * SECTION_HEADER;
  let address = up(program.readUInt32LE(last + 12) + program.readUInt32LE(last + 8), sectionAlignment);
  let offset = program.length;
  for (const [index, [name, data]] of added.entries()) {
    const start = up(offset, fileAlignment);
    const size = up(data.length, fileAlignment);
    const at = table + (count + index) * SECTION_HEADER;
    headers.fill(0, at, at + SECTION_HEADER);
    headers.write(name, at, 'latin1');
    headers.writeUInt32LE(data.length, at + 8);
    headers.writeUInt32LE(address, at + 12);
    headers.writeUInt32LE(size, at + 16);
    headers.writeUInt32LE(start, at + 20);
    headers.writeUInt32LE(READ_ONLY_DATA, at + 36);
    pieces.push(Buffer.alloc(start - offset), data, Buffer.alloc(size - data.length));
    offset = start + size;
    address = up(address + data.length, sectionAlignment);
  }
  headers.writeUInt16LE(count + added.length, optional - 18); // NumberOfSections
  headers.writeUInt32LE(address, optional + 56); // SizeOfImage
  headers.writeUInt32LE(0, optional + 64); // CheckSum: firmware does not look
  return Buffer.concat(pieces);
}
