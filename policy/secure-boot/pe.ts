import { createHash } from 'node:crypto';

/** A part of a UEFI program: where it is in the file, bytes. */
export interface PeSection {
  name: string;
  offset: number;
  /** without what fills it up */
  size: number;
}

/** Where things are in a PE32+ file (Microsoft, 'PE Format'). All offsets in bytes. */
export interface PeLayout {
  sections: PeSection[];
  /** of the table of sections, and how many are in it */
  table: number;
  count: number;
  optional: number;
  sectionAlignment: number;
  fileAlignment: number;
  /** where headers end and the first section's data may begin */
  headersEnd: number;
  /** the entry of the data directory that says where signatures are */
  signatureEntry: number;
  signatures: { offset: number; size: number };
}

export class PeError extends Error {
  override readonly name = 'PeError';
}

export const SECTION_HEADER = 40;
const CHECKSUM = 64;
const SIGNATURE_DIRECTORY = 4;
const PE32_PLUS = 0x20b;

/** @throws {PeError} when it is no PE32+ file, or one that points out of itself */
export function readPe(file: Buffer): PeLayout {
  try {
    return readLayout(file);
  } catch (cause) {
    if (cause instanceof PeError) throw cause;
    throw new PeError('this is no UEFI program', { cause });
  }
}

function readLayout(file: Buffer): PeLayout {
  const start = file.readUInt32LE(0x3c);
  if (file.toString('latin1', 0, 2) !== 'MZ' || file.toString('latin1', start, start + 4) !== 'PE\0\0') {
    throw new PeError('this is no UEFI program');
  }
  const count = file.readUInt16LE(start + 6);
  const optional = start + 24;
  if (file.readUInt16LE(optional) !== PE32_PLUS) throw new PeError('this is no 64-bit UEFI program');
  const table = optional + file.readUInt16LE(start + 20);
  const signatureEntry = optional + 112 + SIGNATURE_DIRECTORY * 8;
  const signatures = {
    offset: file.readUInt32LE(signatureEntry),
    size: file.readUInt32LE(signatureEntry + 4),
  };
  if (signatures.size > 0 && signatures.offset + signatures.size !== file.length) {
    throw new PeError('its signature is not at its end');
  }
  const sections = Array.from({ length: count }, (_, index) =>
    readSection(file, table + index * SECTION_HEADER),
  );
  return {
    sections,
    table,
    count,
    optional,
    sectionAlignment: file.readUInt32LE(optional + 32),
    fileAlignment: file.readUInt32LE(optional + 36),
    headersEnd: file.readUInt32LE(optional + 60),
    signatureEntry,
    signatures,
  };
}

function readSection(file: Buffer, at: number): PeSection {
  const name = file.toString('latin1', at, at + 8).replace(/\0+$/, '');
  const offset = file.readUInt32LE(at + 20);
  const size = Math.min(file.readUInt32LE(at + 8), file.readUInt32LE(at + 16));
  if (offset + size > file.length) throw new PeError(`its section ${name} is cut off`);
  return { name, offset, size };
}

/** The content of the one section of that name. @throws {PeError} */
export function sectionOf(file: Buffer, name: string): Buffer {
  const [section, ...more] = readPe(file).sections.filter((each) => each.name === name);
  if (section === undefined || more.length > 0) throw new PeError(`it has not one section ${name}`);
  return file.subarray(section.offset, section.offset + section.size);
}

/**
 * What is signed of a UEFI program: SHA-256 of all but its checksum, the place of its signature, and the signature
 * (Microsoft, 'Windows Authenticode Portable Executable Signature Format', 'Calculating the PE Image Hash').
 */
export function authenticodeDigest(file: Buffer): Buffer {
  const { optional, signatureEntry, signatures } = readPe(file);
  const end = signatures.size > 0 ? signatures.offset : file.length;
  return createHash('sha256')
    .update(file.subarray(0, optional + CHECKSUM))
    .update(file.subarray(optional + CHECKSUM + 4, signatureEntry))
    .update(file.subarray(signatureEntry + 8, end))
    .digest();
}
