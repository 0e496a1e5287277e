import type { RequestPolicy } from '../../../policy/runtime/api.ts';
import { shown } from '../../warden/decision/refusal.ts';
import { Denied } from '../denial.ts';
import type { Fields } from '../fields.ts';

const local = /^(127(\.\d{1,3}){3}|::1|localhost)$/;

/** Addresses that ports are published on. An empty one is the engine's default, which PID 1 sets by the same setting. */
export function judgePorts(bindings: readonly Fields[], policy: RequestPolicy): void {
  for (const binding of bindings) judgeAddress(binding.text('HostIp'), policy);
}

export function judgeAddress(address: string, { portBindingBehavior }: RequestPolicy): void {
  if (portBindingBehavior === 'local-only-port-binding' && address !== '' && !local.test(address))
    throw new Denied('port-binding', `ports can be published on 127.0.0.1 only, not on ${shown(address)}`);
}
