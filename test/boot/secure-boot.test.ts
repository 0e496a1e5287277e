import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { readEvents, waitForEvent } from '../../host/events/events.ts';
import { runningRecord } from '../../host/machine/record.ts';
import { makeSecureBootKeys, readSecureBootKeys, type SecureBootKeys } from '../../image/keys/secure-boot.ts';
import { bootDisk } from '../../image/outputs/esp.ts';
import { storeWithoutSecureBoot } from '../../image/outputs/variable-store.ts';
import { signUefi } from '../../policy/secure-boot/authenticode.ts';
import { readPe } from '../../policy/secure-boot/pe.ts';
import { deadline } from '../harness/deadline.ts';
import { type GuestChanges, startGuest } from '../harness/guest.ts';
import { bootRefused } from '../harness/refused.ts';
import { share } from '../harness/share.ts';
import { IMAGE, TestVm } from '../harness/vm.ts';

const folder = mkdtempSync(join(tmpdir(), 'bulkhead-secure-boot-'));
const signed = readFileSync(join(IMAGE, 'bulkhead.efi'));
let others: SecureBootKeys;
beforeAll(async () => {
  await makeSecureBootKeys(folder, new Date());
  others = readSecureBootKeys(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The image as it was before it was signed. */
function unsigned(): Buffer {
  const { signatures, signatureEntry } = readPe(signed);
  const program = Buffer.from(signed.subarray(0, signatures.offset));
  program.fill(0, signatureEntry, signatureEntry + 8);
  return program;
}

/** One bit, in the middle of a section. */
function flippedIn(name: string): Buffer {
  const program = Buffer.from(signed);
  const section = readPe(program).sections.find((each) => each.name === name);
  if (section === undefined) throw new Error(`there is no section ${name}`);
  const at = section.offset + Math.floor(section.size / 2);
  program.writeUInt8(program.readUInt8(at) ^ 1, at);
  return program;
}

function diskWith(name: string, program: Buffer): string {
  const path = join(folder, `${name}.img`);
  writeFileSync(path, bootDisk(program));
  return path;
}

/** As `bulkhead up` starts one. */
const started = share('shared');

async function refused(title: string, firmware: GuestChanges['firmware']): Promise<string> {
  const vm = new TestVm(`secure-boot-${title}`);
  onTestFinished(() => vm.dispose());
  const said = await bootRefused(vm, { firmware: firmware ?? {} });
  expect(await readEvents(vm.paths.events)).toEqual([]);
  return said;
}

test('what `bulkhead up` starts goes through firmware with Secure Boot on', async () => {
  expect(await runningRecord(started.paths)).toMatchObject({ boot: 'uefi' });
  expect(started.console()).toMatch(/BdsDxe: starting Boot\d+/);
});

test.each([
  ['unsigned', unsigned],
  ['another-key', () => signUefi(unsigned(), others.certificates.database, others.sign)],
  ['flip-in-the-kernel', () => flippedIn('.linux')],
  ['flip-in-the-initramfs', () => flippedIn('.initrd')],
  ['flip-in-the-command-line', () => flippedIn('.cmdline')],
])('the firmware refuses the kernel image: %s', async (title, program) => {
  const said = await refused(title, { disk: diskWith(title, await program()) });
  expect(said).toMatch(/BdsDxe: failed to load Boot\d+ .*: Access Denied/);
});

test('control: with Secure Boot off the unsigned one boots', async () => {
  const vm = new TestVm('secure-boot-control');
  onTestFinished(() => vm.dispose());
  const variables = join(folder, 'off.fd');
  writeFileSync(variables, storeWithoutSecureBoot(readFileSync(join(IMAGE, 'firmware-variables.fd'))));
  await startGuest(vm, { firmware: { variables, disk: diskWith('control', unsigned()) } });
  const network = await waitForEvent(
    vm.paths.events,
    (event) => event.kind === 'phase' && event.phase.name === 'command-line' && event.phase.state === 'done',
    { timeout: deadline(1) },
  );
  expect(network).toBeDefined();
  // which came by SMBIOS; the serial port is slower than the channel
  await expect
    .poll(() => vm.console(), { timeout: deadline(1), interval: 200 })
    .toContain('command-line: network from the launcher');
});

test("words that are put to the signed command line by SMBIOS end the boot: systemd's stub takes them", async () => {
  const settings = ['io.systemd.stub.kernel-cmdline-extra=init=/usr/bin/openssl'];
  expect(await refused('extra-words', { settings })).toContain(
    "the kernel's command line has the word 'init=/usr/bin/openssl', which was not signed",
  );
});
