import { readFileSync } from 'node:fs';
import { signUefi } from '../../policy/secure-boot/authenticode.ts';
import type { Dist } from '../dist.ts';
import type { SecureBootKeys } from '../keys/secure-boot.ts';
import type { PackageTree } from '../tree/packages.ts';
import { bootDisk } from './esp.ts';
import { assembleUki, type UkiParts } from './uki.ts';
import { enrolledStore } from './variable-store.ts';

const STUB = '/usr/lib/systemd/boot/efi/linuxx64.efi.stub';
const FIRMWARE = '/usr/share/OVMF/OVMF_CODE_4M.secboot.fd';
const VARIABLES = '/usr/share/OVMF/OVMF_VARS_4M.fd';

/** Writes what a boot through firmware needs: the signed image, a disk with it, the firmware, and what that trusts. */
export async function writeSecureBoot(
  dist: Dist,
  packages: PackageTree,
  parts: UkiParts,
  keys: SecureBootKeys,
): Promise<void> {
  const read = async (name: string, path: string) => readFileSync((await packages.file(name, path)).path);
  const unsigned = assembleUki(await read('systemd-boot-efi', STUB), parts);
  const { certificates, sign } = keys;
  const uki = await signUefi(unsigned, certificates.database, sign);
  dist.write('bulkhead.efi', uki);
  dist.write('boot.img', bootDisk(uki));
  dist.write('firmware.fd', await read('ovmf', FIRMWARE));
  dist.write('firmware-variables.fd', enrolledStore(await read('ovmf', VARIABLES), certificates));
  const lines = certificates.database.toString('base64').match(/.{1,64}/g) ?? [];
  const pem = ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
  dist.write('secure-boot.crt', pem);
}
