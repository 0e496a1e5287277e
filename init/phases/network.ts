import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { NetworkSetting } from '../commandline.ts';
import { BootError } from '../failure.ts';
import type { Machine } from '../machine.ts';
import { leaseAddress } from '../network/dhcp.ts';
import type { Phase } from '../phase.ts';

export const network: Phase = {
  name: 'network',
  needs: ['pseudo-file-systems', 'boot-modules', 'control-groups', 'data-disk', 'command-line'],
  onFailure: 'hold',
  async run(machine) {
    const { kernel } = machine;
    const settings = machine.readSettings();
    kernel.linkUp('lo');
    const card = firstCard();
    if (card === undefined) throw new BootError('no-network', 'there is no virtio network card');
    try {
      return await configure(machine, card, settings.network);
    } catch (cause) {
      if (cause instanceof BootError) throw cause;
      throw new BootError('no-network', `${card} could not be configured`, { cause });
    }
  },
};

async function configure(machine: Machine, card: string, setting: NetworkSetting): Promise<string> {
  const { kernel } = machine;
  kernel.linkUp(card);
  if (setting.kind === 'dhcp') {
    const lease = await leaseAddress(machine, card);
    writeResolver(lease.nameServers);
    return `${card} has ${lease.address} from DHCP`;
  }
  kernel.setAddress(card, setting.address, setting.prefix);
  kernel.addDefaultRoute(setting.gateway, card);
  writeResolver([setting.nameServer]);
  return `${card} has ${setting.address}/${setting.prefix}`;
}

/** The first interface that is a device (not a bridge or the like), by name. */
export function firstCard(): string | undefined {
  return readdirSync('/sys/class/net')
    .sort()
    .find((name) => {
      try {
        return readFileSync(`/sys/class/net/${name}/device/uevent`, 'utf8').includes('DRIVER=virtio_net');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
        throw error;
      }
    });
}

/** /etc/resolv.conf of the read-only root is a link to this file. */
function writeResolver(nameServers: readonly string[]): void {
  writeFileSync('/run/bulkhead/resolv.conf', nameServers.map((server) => `nameserver ${server}\n`).join(''));
}
