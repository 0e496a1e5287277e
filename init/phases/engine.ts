import { mkdirSync, writeFileSync } from 'node:fs';
import {
  CONTAINERD_CONFIGURATION,
  renderContainerdConfiguration,
} from '../../services/containerd/configuration.ts';
import { containerdDefinition } from '../../services/containerd/definition.ts';
import { dockerdDefinition } from '../../services/dockerd/definition.ts';
import { writeDaemonConfiguration } from '../engine/configuration.ts';
import { insecureListeners, readListeners } from '../engine/listeners.ts';
import { ENGINE_PATH } from '../executables/expose.ts';
import { BootError } from '../failure.ts';
import type { Phase } from '../phase.ts';

/** How long the launcher may take to certify the VM's key, milliseconds. */
const CERTIFICATE_TIMEOUT_MS = 10 * 60 * 1000;

/** containerd needs no certificate: it starts while the launcher signs. */
export const containerd: Phase = {
  name: 'containerd',
  needs: ['command-line', 'expose', 'control-groups', 'data-disk', 'engine-modules'],
  onFailure: 'hold',
  run({ supervisor }) {
    mkdirSync('/var/lib/containerd-tmp', { recursive: true, mode: 0o700 });
    writeFileSync(CONTAINERD_CONFIGURATION, renderContainerdConfiguration(), { mode: 0o600 });
    supervisor.start([containerdDefinition(ENGINE_PATH)]);
    return 'started';
  },
};

export const certificate: Phase = {
  name: 'certificate',
  needs: ['tls-key', 'channel'],
  onFailure: 'hold',
  async run({ certificate }) {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const error = new BootError('no-certificate', 'no certificate came from the launcher');
      timer = setTimeout(() => reject(error), CERTIFICATE_TIMEOUT_MS);
    });
    try {
      return `sha256 ${(await Promise.race([certificate.installed, late])).slice(0, 16)}…`;
    } finally {
      clearTimeout(timer);
    }
  },
};

export const dockerd: Phase = {
  name: 'dockerd',
  needs: [
    'containerd',
    'warden',
    'authorizer',
    'sockets',
    'version',
    'settings',
    'lxcfs',
    'certificate',
    'network',
    'firewall',
    'kernel-settings',
    'module-lock',
  ],
  onFailure: 'hold',
  async run({ supervisor, settings }) {
    writeDaemonConfiguration(settings.engine, 'go-on');
    const definition = dockerdDefinition(ENGINE_PATH);
    supervisor.start([definition]);
    try {
      await supervisor.whenReady('dockerd', AbortSignal.timeout(definition.timeouts.start));
    } catch (cause) {
      throw new BootError('engine-not-ready', 'dockerd did not become ready', { cause });
    }
    return 'ready';
  },
};

/** Believes the kernel, not the configuration: nothing may listen but dockerd with TLS. */
export const listeners: Phase = {
  name: 'listeners',
  needs: ['dockerd'],
  onFailure: 'hold',
  async run({ supervisor, log }) {
    const found = insecureListeners(readListeners());
    if (found.length === 0) return 'only 2376, with client certificates';
    log.write('error', 'init', `stopping the engine: ${found.join(', ')} should not listen`);
    await supervisor.stopAll(30_000);
    throw new BootError('insecure-listener', `${found.join(', ')} should not listen`);
  },
};
