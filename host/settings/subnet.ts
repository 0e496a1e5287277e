import { type EffectivePolicy, settingValue } from '../../policy/settings/effective.ts';
import { isHostError } from '../errors.ts';
import { DEFAULT_NETWORK, type GuestNetwork, guestNetwork } from '../machine/network.ts';
import type { MachinePaths } from '../machine/paths.ts';
import type { OnProgress } from '../machine/progress.ts';
import { loadSettings, saveSettings } from '../machine/record.ts';
import { askVm } from './ask.ts';

/** The network that a start gives the VM. */
export function networkFor(subnet: string | undefined, onProgress: OnProgress): GuestNetwork {
  if (subnet === undefined) return DEFAULT_NETWORK;
  const network = guestNetwork(subnet);
  if (network !== undefined) return network;
  onProgress({
    kind: 'warning',
    text: `linuxVM.vpnkitCIDR: ${subnet} cannot be the VM's subnet; ${DEFAULT_NETWORK.net} is used`,
    hint: 'give a private subnet from /8 to /28',
  });
  return DEFAULT_NETWORK;
}

/** Keeps what the VM says of its subnet: the next start needs it before the VM can say anything. */
export async function rememberSubnet(paths: MachinePaths, policy?: EffectivePolicy): Promise<void> {
  try {
    const inForce = policy ?? (await askVm(paths, 'settings.get', {})).policy;
    const subnet = settingValue(inForce, 'linuxVM.vpnkitCIDR');
    const known = await loadSettings(paths);
    if (known.subnet !== subnet) await saveSettings(paths, { ...known, subnet });
  } catch (error) {
    // Another command has the channel, or the guest is of another kind: the subnet stays what it was.
    if (!isHostError(error)) throw error;
  }
}
