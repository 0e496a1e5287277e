import { describe, expect, test } from 'vitest';
import { kernelWords } from '../policy/kernel/command-line.ts';
import { parseCommandLine } from './commandline.ts';

const own = kernelWords.map(({ word }) => word).join(' ');

test('parseCommandLine() reads a static address beside the words that every boot has', () => {
  expect(parseCommandLine(`${own} bulkhead.net=10.0.2.15/24,10.0.2.2,10.0.2.3\n`).network).toEqual({
    kind: 'static',
    address: '10.0.2.15',
    prefix: 24,
    gateway: '10.0.2.2',
    nameServer: '10.0.2.3',
  });
});

test('parseCommandLine() asks DHCP when nothing is said', () => {
  expect(parseCommandLine(own).network).toEqual({ kind: 'dhcp' });
});

test.each([
  ['bulkhead.debug=1', 'bulkhead.debug is not a setting'],
  ['bulkhead.net=dhcp bulkhead.net=dhcp', 'twice'],
  ['bulkhead.net=10.0.2.15,10.0.2.2,10.0.2.3', 'neither dhcp nor'],
  ['bulkhead.net=10.0.2.15/33,10.0.2.2,10.0.2.3', 'neither dhcp nor'],
  ['bulkhead.net=10.0.2.15/24/1,10.0.2.2,10.0.2.3', 'neither dhcp nor'],
  ['bulkhead.net=10.0.2.15/24,10.0.2.2', 'neither dhcp nor'],
  ['bulkhead.net=10.0.2.15/24,10.0.2.2,10.0.2.3,x', 'neither dhcp nor'],
  ['bulkhead.net=999.0.2.15/24,10.0.2.2,10.0.2.3', 'neither dhcp nor'],
  ['bulkhead.net=', 'neither dhcp nor'],
])('parseCommandLine() refuses %j', (setting, message) => {
  expect(() => parseCommandLine(`${own} ${setting}`)).toThrow(message);
});

describe('words for the kernel', () => {
  /** Row 71 of the attempts, each a way to another init, to a shell, or to a kernel with a defence off. */
  test.each([
    // another first program
    'init=/bin/sh',
    'rdinit=/bin/sh',
    'root=/dev/vdb',
    'rootfstype=virtiofs',
    'rw',
    '-- /bin/sh',
    'initrd=other',
    'bootconfig',
    // what would be a way in with another init
    'single',
    '1',
    'S',
    'emergency',
    'rescue',
    'systemd.unit=emergency.target',
    'systemd.debug-shell=1',
    'rd.break',
    'break=bottom',
    'console=hvc0',
    'earlycon',
    'kgdboc=ttyS0',
    'kgdbwait',
    'sysrq_always_enabled',
    // defences off
    'lockdown=none',
    'lockdown=integrity',
    'module.sig_enforce=0',
    'debugfs=on',
    'bdev_allow_write_mounted=1',
    'proc_mem.force_override=always',
    'page_alloc.shuffle=0',
    'hash_pointers=never',
    'no_hash_pointers',
    'slab_merge',
    'init_on_alloc=0',
    'mitigations=off',
    'nokaslr',
    'nopti',
    'nosmep',
    'nosmap',
    'vsyscall=emulate',
    'randomize_kstack_offset=off',
    'lsm=',
    'security=none',
    'apparmor=0',
    'iomem=relaxed',
    'acpi_rsdp=0x0',
    'sysctl.kernel.sysrq=1',
    'sysctl.kernel.modules_disabled=0',
    'nomodule',
    'dyndbg="+p"',
    'panic=0',
    'oops=panic',
    'memmap=1M$0',
    'crashkernel=64M',
    // the same names, spelt as the kernel also takes them
    'module.sig-enforce=0',
    'debugfs="on"',
    'Lockdown=none',
    'x'.repeat(3000),
  ])('%j is refused, wherever it stands', (word) => {
    const named = word.split(' ')[0]?.slice(0, 80) ?? '';
    for (const line of [`${own} ${word}`, `${word} ${own}`, `${own}\t${word}\n`])
      expect(() => parseCommandLine(line)).toThrow(named);
  });

  test.each(kernelWords.map(({ word }) => word))('%j must be there, once', (word) => {
    const without = kernelWords.map((each) => each.word).filter((each) => each !== word);
    expect(() => parseCommandLine(without.join(' '))).toThrow(`${word} is missing`);
    expect(() => parseCommandLine(`${own} ${word}`)).toThrow(`${word} is there twice`);
  });

  test('control: the words themselves are taken, in any order', () => {
    const reversed = kernelWords.map(({ word }) => word).reverse();
    expect(parseCommandLine(reversed.join('  ')).network).toEqual({ kind: 'dhcp' });
  });

  test('each has its reason and its source, and no name is there twice', () => {
    for (const { word, reason, source } of kernelWords) expect([word, reason, source]).not.toContain('');
    const names = kernelWords.map(({ word }) => word.split('=')[0]);
    expect(new Set(names).size).toBe(names.length);
  });
});
