import type { Flavour } from '../policy/manifest/flavour.ts';
import type { Phase } from './phase.ts';
import { authorizer } from './phases/authorizer.ts';
import { channel } from './phases/channel.ts';
import { commandLine } from './phases/command-line.ts';
import { controlGroups } from './phases/control-groups.ts';
import { dataDisk } from './phases/data-disk.ts';
import { certificate, containerd, dockerd, listeners } from './phases/engine.ts';
import { expose, manifest, verify } from './phases/executables.ts';
import { firewall } from './phases/firewall.ts';
import { hostPorts } from './phases/host-ports.ts';
import { kernelSettings } from './phases/kernel-settings.ts';
import { lxcfs } from './phases/lxcfs.ts';
import { bootModules, engineModules, moduleLock } from './phases/modules.ts';
import { network } from './phases/network.ts';
import { powerButton } from './phases/power-button.ts';
import { probe } from './phases/probe.ts';
import { pseudoFileSystems } from './phases/pseudo-file-systems.ts';
import { records } from './phases/records.ts';
import { settings } from './phases/settings.ts';
import { sockets } from './phases/sockets.ts';
import { stateDisk } from './phases/state-disk.ts';
import { tlsKey } from './phases/tls-key.ts';
import { version } from './phases/version.ts';
import { wakeClock } from './phases/wake-clock.ts';
import { warden } from './phases/warden.ts';
import { watchdog } from './phases/watchdog.ts';

declare const __BULKHEAD_FLAVOUR__: Flavour;

/**
 * The boot. Each phase says what it needs, and begins as soon as that is done; the order here is a possible
 * one, in which a person can read it. `sequence.ts` applies time, log, events and failure policy.
 */
export const phases: readonly Phase[] = [
  commandLine,
  pseudoFileSystems,
  hostPorts,
  controlGroups,
  manifest,
  verify,
  channel,
  kernelSettings,
  bootModules,
  powerButton,
  watchdog,
  engineModules,
  moduleLock,
  dataDisk,
  stateDisk,
  records,
  version,
  settings,
  network,
  firewall,
  tlsKey,
  expose,
  warden,
  authorizer,
  sockets,
  lxcfs,
  containerd,
  certificate,
  dockerd,
  listeners,
  wakeClock,
  // The constant itself, so that esbuild drops the phase from the product's bundle; image/outputs/bundles.test.ts.
  ...(__BULKHEAD_FLAVOUR__ === 'product' ? [] : [probe]),
];
