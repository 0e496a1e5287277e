import { PROTOCOL_VERSION } from '../services/channel/protocol/methods.ts';
import { attest } from './attest.ts';
import { builtIn } from './built-in.ts';
import { type Handlers, Refusal } from './channel/answer.ts';
import type { Machine } from './machine.ts';
import { collectMetrics } from './metrics/collect.ts';
import { restartEngine, settingsHandlers } from './settings/handlers.ts';
import type { Vm } from './vm.ts';

/** A row for each method that the host can ask for. */
export function handlersFor(machine: Machine, vm: Vm): Handlers {
  const { certificate, log, requestPower, settings, wallClock } = machine;
  return {
    ...settingsHandlers(machine),
    attest: ({ nonce }) => attest(machine, machine.bootId, nonce),
    hello: () => ({ protocol: PROTOCOL_VERSION, version: builtIn.version, bootId: machine.bootId }),
    status: () => vm.status(),
    'certificate.request': () => {
      if (certificate.request === undefined) throw new Refusal('notYet', 'the key is still being made');
      return { request: certificate.request };
    },
    'certificate.install': (params) => {
      if (certificate.request === undefined) throw new Refusal('notYet', 'the key is still being made');
      if (certificate.taken) {
        throw new Refusal(
          'refused',
          'this boot has its certificate already',
          'Restart the VM to give it another one.',
        );
      }
      const fingerprint = certificate.take(params.certificate, params.authority);
      log.write('info', 'init', `the host certified the engine's key, sha256 ${fingerprint}`);
      return { fingerprint };
    },
    'certificates.revoke': async ({ fingerprints, disconnect }) => {
      if (!settings.revoke(fingerprints))
        throw new Refusal(
          'refused',
          'too many certificates have been revoked',
          '`bulkhead delete` and `bulkhead up` make a VM with an authority of its own.',
        );
      for (const fingerprint of fingerprints)
        log.write('warn', 'init', `the certificate with sha256 ${fingerprint} is no longer good`, {
          audit: 'certificate',
        });
      if (disconnect) await restartEngine(machine, true, true);
      return { revoked: [...settings.revoked] };
    },
    'certificates.revoked': () => ({ revoked: [...settings.revoked] }),
    'clock.get': () => ({ now: Date.now() }),
    'clock.set': ({ by }) => {
      wallClock.change(by);
      log.write('info', 'init', `the host set the clock: ${by < 0 ? '' : '+'}${(by / 1000).toFixed(2)} s`);
      return {};
    },
    logs: ({ after, limit, source, boot }) => ({
      entries:
        boot === 'last' ? machine.records.readLast(limit, source) : log.read(after ?? -1, limit, source),
      dropped: log.dropped,
    }),
    metrics: () => ({ families: collectMetrics(machine, vm.status()) }),
    shutdown: ({ mode }) => {
      log.write('info', 'init', `the host asked for ${mode}`);
      requestPower(mode);
      return {};
    },
  };
}
