import { expect, it } from 'vitest';
import { diagnose, type Facts } from './checks.ts';

const well: Facts = {
  ...{ nodeVersion: 'v22.1.0', platform: 'linux', arch: 'x64', qemu: 'QEMU 10', kvmProblem: undefined },
  ...{ docker: 'Docker 28', cpus: 8, memoryAvailable: 8 * 2 ** 30, diskFree: 50 * 2 ** 30 },
  ...{ dataFolder: '/home/me/x', folderProblem: undefined, image: { version: '0.1.0' }, imageFolder: 'dist' },
  ...{ running: false, port: 2400, portTaken: false },
};

it('finds nothing on a machine that is well', () => {
  expect(diagnose(well).filter(({ level }) => level !== 'ok')).toEqual([]);
});

it.each([
  ['Node', 'fail', { nodeVersion: 'v20.14.9' }],
  ['Node', 'fail', { nodeVersion: 'v18.20.0' }],
  ['platform', 'fail', { platform: 'darwin' }],
  ['platform', 'fail', { arch: 'arm64' }],
  ['QEMU', 'fail', { qemu: undefined }],
  ['KVM', 'warn', { kvmProblem: 'there is no /dev/kvm' }],
  ['memory', 'warn', { memoryAvailable: 2 ** 30 }],
  ['memory', 'ok', { memoryAvailable: 2 ** 30, running: true }],
  ['memory', 'warn', { memoryAvailable: undefined }],
  ['CPUs', 'warn', { cpus: 1 }],
  ['disk', 'fail', { diskFree: 2 ** 20 }],
  ['disk', 'warn', { diskFree: 2 ** 30 }],
  ['folders', 'fail', { folderProblem: '/x is not a folder of yours' }],
  ['image', 'fail', { image: { problem: 'there is no image in dist', hint: 'build it with mkimage.sh' } }],
  ['port', 'fail', { portTaken: true }],
  ['port', 'ok', { portTaken: true, running: true }],
  ['docker client', 'warn', { docker: undefined }],
] as [string, string, Partial<Facts>][])('%s: %s for %j', (name, level, change) => {
  const finding = diagnose({ ...well, ...change }).find((each) => each.name === name);
  expect(finding?.level).toBe(level);
  if (level !== 'ok') expect(finding?.hint).toMatch(/.{10}/);
});
