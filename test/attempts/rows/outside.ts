import { proof, type Row } from '../row.ts';

/** What needs boots of its own: proved in the boot ring, each beside its control. */
export const outsideRows: readonly Row[] = [
  {
    id: '69',
    name: 'one byte flipped',
    class: 'before boot and beside the engine',
    how: 'in kernel image, initramfs, command line, root, its hash tree, any executable of the engine, their list, the manifest, a signature, settings',
    expectation: 'the boot or the engine stops at the right link, in words that say which',
    defence: 'each link checks the next: firmware, stage 0 and dm-verity, PID 1',
    control: 'with Secure Boot off, and without dm-verity, the same flips go unnoticed',
    tries: [
      proof('test/boot/secure-boot.test.ts', 'the firmware refuses the kernel image: %s'),
      proof('test/boot/secure-boot.test.ts', 'control: with Secure Boot off the unsigned one boots'),
      proof('test/boot/verity.test.ts', 'a bit flipped in a block of data: the kernel stops when it is read'),
      proof('test/boot/verity.test.ts', 'control: without dm-verity the same flip goes unnoticed'),
      proof('test/boot/verity.test.ts', 'a bit flipped in the hash tree: the kernel stops'),
      proof(
        'test/boot/held.test.ts',
        'a flipped bit in any executable of the engine: the engine is not started, each is named',
      ),
      proof(
        'test/boot/held.test.ts',
        'a list of executables that was changed after signing: nothing but PID 1 runs',
      ),
      proof('test/boot/held.test.ts', 'the launcher refuses an image that is not the signed one'),
      proof('test/boot/settings.test.ts', 'keeps them over a power cut, whatever the launcher brings'),
    ],
  },
  {
    id: '70',
    name: 'an older document or image, replayed',
    class: 'before boot and beside the engine',
    how: 'a signed document with a lower serial number; an image below the minimum version',
    expectation: 'refused; what was in force stays so',
    defence: 'serial number and minimum version on the state disk',
    control: 'the same documents in order are taken; without the minimum the older image starts',
    tries: [
      proof(
        'init/settings/decide.property.test.ts',
        'no sequence of user settings, older documents, broken frames and clocks changes a lock',
      ),
      proof('test/boot/settings.test.ts', 'keeps them over a power cut, whatever the launcher brings'),
      proof(
        'test/boot/held.test.ts',
        'where a newer image forbade it, an older one does not start the engine',
      ),
    ],
  },
  {
    id: '71',
    name: 'the kernel command line, edited',
    class: 'before boot and beside the engine',
    how: '`init=/bin/sh`, `lockdown=none`, `bulkhead.*`, by direct boot and by SMBIOS',
    expectation: 'stage 0 switches off, or PID 1 holds the boot and names the word',
    defence: 'the line is signed with the initramfs and in the kernel image; PID 1 looks again',
    control: 'the settings that the launcher may give are taken',
    tries: [
      proof('test/boot/verity.test.ts', '%s: stage 0 switches off'),
      proof(
        'test/boot/secure-boot.test.ts',
        'words that are put to the signed command line by SMBIOS end the boot',
      ),
      proof('test/boot/secure-boot.test.ts', 'control: with Secure Boot off the unsigned one boots'),
      proof(
        'test/boot/held.test.ts',
        'a word on the command line that is no setting holds the boot, and names it',
      ),
    ],
  },
  {
    id: '72',
    name: 'the serial console',
    class: 'before boot and beside the engine',
    how: 'keys, BREAK, sysrq, ctrl-alt-del typed during and after the boot',
    expectation: 'nothing changes: the same boot, the same processes',
    defence: 'nobody reads the console; kernel.sysrq=0; ctrl-alt-del is off',
    control: { untried: 'there is no getty to be left running in another flavour' },
    tries: [
      proof(
        'test/boot/console.test.ts',
        'nothing typed at the serial console, BREAK and sysrq included, has any effect',
      ),
    ],
  },
  {
    id: '73',
    name: "the engine's port without the right certificate",
    class: 'before boot and beside the engine',
    how: 'plain HTTP, TLS without or with a foreign certificate, on every port, from the host and from containers, with and without the firewall',
    expectation: 'no answer but an error',
    defence: 'one listener, with mutual TLS; the firewall drops what containers send there',
    control: "with this VM's certificate the engine answers, also a container once the firewall is off",
    tries: [
      proof('test/boot/tls.test.ts', 'without a client certificate there is no answer'),
      proof('test/boot/tls.test.ts', 'a certificate of another authority is refused, whatever name it has'),
      proof('test/boot/tls.test.ts', 'plain HTTP gets no API'),
      proof(
        'test/boot/closed.test.ts',
        'one port, on whatever address of the VM: without the firewall, too, a container needs its certificate',
      ),
      proof('test/boot/crash.test.ts', 'on every TCP port of the VM, nothing but the TLS listener answers'),
    ],
  },
  {
    id: '74',
    name: 'strange frames on the channel',
    class: 'before boot and beside the engine',
    how: 'a thousand frames that no launcher sends; fuzzing of its parsers',
    expectation: 'the channel goes on, and nothing in the VM has changed',
    defence: 'a process of its own without privileges parses; strict schemas',
    control: 'what is well-formed is answered, before and after',
    tries: [
      proof(
        'test/boot/channel.test.ts',
        'a thousand frames that no launcher sends: the channel goes on, and nothing in the VM has changed',
      ),
      proof('test/fuzz/targets.ts', 'frames: (random)'),
    ],
  },
];
