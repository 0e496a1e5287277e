import { shown } from '../../warden/decision/refusal.ts';
import { Denied } from '../denial.ts';
import { bodyOf, type Check } from '../request.ts';
import { judgeAddress } from './ports.ts';

/** What dockerd has by itself (moby, libnetwork/drivers); others are plugins. */
const drivers = ['', 'bridge', 'overlay', 'macvlan', 'ipvlan', 'null', 'host', 'none'];
const addressManagers = ['', 'default', 'null'];

/** POST /networks/create */
export const createNetwork: Check = (asked) => {
  const { policy } = asked;
  const body = bodyOf(asked);
  const driver = body.text('Driver');
  const addresses = body.inner('IPAM').text('Driver');
  if (!policy.plugins && !drivers.includes(driver))
    throw new Denied('plugins', `network driver ${shown(driver)} is not allowed: drivers are plugins`);
  if (!policy.plugins && !addressManagers.includes(addresses))
    throw new Denied('plugins', `IPAM driver ${shown(addresses)} is not allowed: drivers are plugins`);
  for (const [name, value] of Object.entries(body.map('Options')))
    if (name.startsWith('com.docker.network.') && name.endsWith('host_binding_ipv4'))
      judgeAddress(value, policy);
};
