import { describe, expect, it } from 'vitest';
import { chooseAccelerator, hasVirtualisationFlag } from './accelerator.ts';

const usable = { cpuFlag: true, deviceError: undefined };
const noFlag = { cpuFlag: false, deviceError: undefined };
const noDevice = { cpuFlag: true, deviceError: 'there is no /dev/kvm' };

describe('chooseAccelerator()', () => {
  it('takes KVM where the CPU flag and the device are there', () => {
    expect(chooseAccelerator('auto', usable)).toEqual({ accelerator: 'kvm' });
  });

  it('does not believe a /dev/kvm without the CPU flag', () => {
    expect(chooseAccelerator('auto', noFlag)).toMatchObject({
      accelerator: 'tcg',
      reason: expect.stringContaining('vmx'),
    });
  });

  it('says why the device cannot be used', () => {
    expect(chooseAccelerator('auto', noDevice)).toEqual({
      accelerator: 'tcg',
      reason: 'there is no /dev/kvm',
    });
  });

  it('keeps to what was asked for', () => {
    expect(chooseAccelerator('tcg', usable)).toEqual({ accelerator: 'tcg' });
    expect(() => chooseAccelerator('kvm', noFlag)).toThrow(
      expect.objectContaining({ code: 'kvm-unavailable' }),
    );
  });
});

describe('hasVirtualisationFlag()', () => {
  it.each([
    ['flags\t\t: fpu vme vmx smx', true],
    ['flags\t\t: fpu svm', true],
    ['flags\t\t: fpu vme hypervisor svm_lock', false],
    ['vmx flags\t: vnmi preemption_timer', false],
    ['model name\t: vmx', false],
  ])('%j: %s', (cpuinfo, expected) => {
    expect(hasVirtualisationFlag(cpuinfo)).toBe(expected);
  });
});
