import { posix } from 'node:path';
import type { RequestPolicy } from '../../../policy/runtime/api.ts';
import { defaultDevices } from '../../warden/decision/devices.ts';
import { shown } from '../../warden/decision/refusal.ts';
import { Denied } from '../denial.ts';
import type { Fields } from '../fields.ts';

/**
 * Devices that were asked for by name. A privileged container asks for all, and gets the short list without a word. What
 * a name leads to, the runtime layer judges: it sees the device's number.
 */
export function judgeDevices(host: Fields, { devices, isolation }: RequestPolicy): void {
  if (host.inners('DeviceRequests').length > 0)
    throw new Denied('devices', 'device requests (--gpus) are not allowed: the VM has no such devices');
  if (!isolation || host.flag('Privileged')) return;
  const allowed = [...defaultDevices, ...devices];
  for (const device of host.inners('Devices')) {
    const path = device.text('PathOnHost');
    if (!allowed.includes(posix.normalize(path)))
      throw new Denied('devices', `device ${shown(path)} is not allowed; allowed are ${allowed.join(', ')}`);
  }
}
