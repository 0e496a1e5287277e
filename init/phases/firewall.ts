import { readFileSync, writeFileSync } from 'node:fs';
import { runVerified } from '../executables/run.ts';
import { BootError } from '../failure.ts';
import { defaultGateway, firewallRules } from '../network/firewall.ts';
import type { Phase } from '../phase.ts';
import { firstCard } from './network.ts';

const XTABLES = '/usr/sbin/xtables-nft-multi';
const families = { ipv4: 'iptables-restore', ipv6: 'ip6tables-restore' } as const;
const TIMEOUT_MS = 120_000;

/** Before there are networks of containers: none of them leads to the VM's own ports. */
export const firewall: Phase = {
  name: 'firewall',
  needs: ['network', 'engine-modules', 'manifest'],
  onFailure: 'hold',
  async run({ executables }) {
    const card = firstCard();
    if (card === undefined) throw new BootError('no-network', 'there is no virtio network card');
    await executables.verify([XTABLES], 1);
    const gateway = defaultGateway(readFileSync('/proc/net/route', 'utf8'), card);
    for (const family of ['ipv4', 'ipv6'] as const) {
      const rules = `/run/bulkhead/firewall.${family}`;
      writeFileSync(rules, firewallRules(family, { card, gateway }), { mode: 0o600 });
      const args = [families[family], '--noflush', rules];
      const { status, signal, output } = await runVerified(executables, XTABLES, args, TIMEOUT_MS);
      if (status !== 0)
        throw new BootError(
          'firewall-failed',
          `${families[family]} ended with ${signal ?? status}: ${output}`,
        );
    }
    return `containers reach neither the VM's own ports nor ${gateway ?? 'a gateway'}`;
  },
};
