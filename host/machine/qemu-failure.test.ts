import { expect, it } from 'vitest';
import { explainQemuEnd } from './qemu-failure.ts';

it.each([
  [
    "qemu-system-x86_64: -netdev user,…: Could not set up host forwarding rule 'tcp:127.0.0.1:80-:2376'",
    'port-taken',
  ],
  ['Could not access KVM kernel module: No such file or directory', 'kvm-unavailable'],
  ['qemu-system-x86_64: -accel kvm: invalid accelerator kvm', 'kvm-unavailable'],
  ['qemu-system-x86_64: write failed: No space left on device', 'disk-full'],
  ['qemu-system-x86_64: -device virtio-blk-pci,drive=data: Failed to get "write" lock', 'disk-unusable'],
  ["qemu-system-x86_64: cannot set up guest memory 'pc.ram': Cannot allocate memory", 'qemu-failed'],
  ['something new', 'qemu-failed'],
])('%s', (line, code) => {
  const error = explainQemuEnd(['earlier', line], { code: 1, signal: null });
  expect(error).toMatchObject({ code, log: ['earlier', line] });
});

it('tells how QEMU ended when it said nothing', () => {
  expect(explainQemuEnd([], { code: null, signal: 'SIGSEGV' }).message).toBe('QEMU ended (SIGSEGV)');
  expect(explainQemuEnd([], { code: null, signal: 'SIGKILL' }).hint).toContain('memory');
});
