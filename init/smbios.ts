import { readFileSync } from 'node:fs';

const TABLE = '/sys/firmware/dmi/tables/DMI';
const OEM_STRINGS = 11;
const END = 127;

/**
 * What whoever runs the VM says through SMBIOS (QEMU: `-smbios type=11,value=…`): words as on the command line, which
 * under UEFI is signed and takes none. None where there is no SMBIOS, or the kernel does not show it: the defaults hold.
 */
export function smbiosWords(): string[] {
  try {
    return oemStrings(readFileSync(TABLE)).filter((word) => word.startsWith('bulkhead.'));
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (['ENOENT', 'EPERM', 'EACCES'].includes(code)) return [];
    throw error;
  }
}

/** The OEM strings of a table of structures (DMTF DSP0134, 6.1 and 7.12). Pure; a table that is cut off gives fewer. */
export function oemStrings(table: Buffer): string[] {
  const found: string[] = [];
  for (let at = 0; at + 4 <= table.length; ) {
    const [type = END, length = 0] = table.subarray(at, at + 2);
    if (type === END || length < 4) return found;
    const end = table.indexOf('\0\0', at + length, 'latin1');
    if (end < 0) return found;
    const strings = table.toString('latin1', at + length, end).split('\0');
    if (type === OEM_STRINGS) found.push(...strings.filter((each) => each !== ''));
    at = end + 2;
  }
  return found;
}
