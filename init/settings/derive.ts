import { strictApiPolicy } from '../../policy/runtime/api.ts';
import type { Orders } from '../../policy/runtime/orders.ts';
import { strictRuntimePolicy } from '../../policy/runtime/policy.ts';
import type { Standings } from '../../policy/runtime/standing.ts';
import { parseDaemonOptions } from '../../policy/settings/daemon-options.ts';
import { type EffectivePolicy, settingValue } from '../../policy/settings/effective.ts';
import type { SettingsSummary } from '../../services/channel/protocol/methods.ts';
import type { EngineSettings } from '../../services/dockerd/configuration.ts';

/** What the warden and the authorizer decide by. Pure. @param revoked client certificates, by SHA-256 */
export function ordersOf(policy: EffectivePolicy, revoked: readonly string[] = []): Orders {
  const { value: isolation, dockerSocketMount } = settingValue(policy, 'enhancedContainerIsolation');
  const { imageList, commandList } = dockerSocketMount ?? {};
  const images = imageList?.images ?? [];
  return {
    format: 1,
    runtime: {
      ...strictRuntimePolicy,
      isolation,
      sockets: images.length > 0,
      privileged: settingValue(policy, 'bulkhead.privileged'),
      devices: [...settingValue(policy, 'bulkhead.devices')],
      plugins: settingValue(policy, 'bulkhead.plugins'),
      ioUring: settingValue(policy, 'bulkhead.ioUring'),
      pidsLimit: settingValue(policy, 'bulkhead.pidsLimit'),
      standings: standingsOf(policy),
    },
    api: {
      ...strictApiPolicy,
      swarm: settingValue(policy, 'bulkhead.swarm'),
      blockDockerLoad: settingValue(policy, 'blockDockerLoad'),
      portBindingBehavior: settingValue(policy, 'portBindingBehavior'),
      socketMount: {
        images: [...images],
        allowDerived: imageList?.allowDerivedImages ?? false,
        commandList: commandList ?? strictApiPolicy.socketMount.commandList,
      },
      revoked: [...revoked],
    },
  };
}

/** For refusals: who decided each setting. Pure. */
export function standingsOf({ rows }: EffectivePolicy): Standings {
  return Object.fromEntries(rows.map(({ key, source, locked }) => [key, { source, locked }]));
}

/** What dockerd is told. Pure. */
export function engineSettingsOf(policy: EffectivePolicy): EngineSettings {
  const read = parseDaemonOptions(settingValue(policy, 'linuxVM.dockerDaemonOptions'));
  const proxies = proxiesOf(settingValue(policy, 'proxy'));
  const binding = settingValue(policy, 'portBindingBehavior');
  return {
    options: 'options' in read ? read.options : {},
    ...(proxies && { proxies }),
    ...(binding !== 'default-port-binding' && { publishOn: '127.0.0.1' }),
    insecureBuilds: settingValue(policy, 'bulkhead.buildEntitlements').includes('security.insecure'),
  };
}

function proxiesOf({
  mode,
  http,
  https,
  exclude,
}: ReturnType<typeof settingValue<'proxy'>>): Record<string, string> | undefined {
  if (mode !== 'manual') return undefined;
  const without = Array.isArray(exclude) ? exclude.join(',') : exclude;
  const pairs = Object.entries({ 'http-proxy': http, 'https-proxy': https, 'no-proxy': without });
  const given = pairs.filter((pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== '');
  return given.length > 0 ? Object.fromEntries(given) : undefined;
}

/** For `status`. Pure. */
export function summaryOf(policy: EffectivePolicy): SettingsSummary {
  const { mode, organization, serial, rows } = policy;
  return {
    mode,
    ...(organization !== undefined && { organization }),
    ...(serial !== undefined && { serial }),
    locked: rows.filter(({ locked }) => locked).length,
    isolation: settingValue(policy, 'enhancedContainerIsolation').value,
  };
}
