import { authorizerDefinition } from '../../services/authorizer/definition.ts';
import { channelDefinition } from '../../services/channel/definition.ts';
import { containerdDefinition } from '../../services/containerd/definition.ts';
import { dockerdDefinition } from '../../services/dockerd/definition.ts';
import { lxcfsDefinition } from '../../services/lxcfs/definition.ts';
import { socketsDefinition } from '../../services/sockets/definition.ts';
import type { ServiceDefinition } from '../../services/supervisor/definition.ts';
import { wardenDefinition } from '../../services/warden/definition.ts';
import { ENGINE_PATH } from '../executables/expose.ts';
import { dhcpDefinition } from '../network/dhcp.ts';

/** In place of the control port's descriptor, which is known only in a boot. */
const ANY_DESCRIPTOR = 3;

/** Every service that a boot starts, as init/ starts it. */
export const definitions: readonly ServiceDefinition[] = [
  channelDefinition(ANY_DESCRIPTOR),
  wardenDefinition,
  authorizerDefinition,
  socketsDefinition,
  lxcfsDefinition,
  containerdDefinition(ENGINE_PATH),
  dockerdDefinition(ENGINE_PATH),
  // only with bulkhead.net=dhcp
  dhcpDefinition('eth0'),
];
