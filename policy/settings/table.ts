import { commandNames, isCommandName } from '../docker-socket/commands.ts';
import { parseImagePattern } from '../docker-socket/images.ts';
import * as z from '../zod.ts';
import { parseDaemonOptions } from './daemon-options.ts';

/** What a setting does here: now; in a later version; nothing, since what it governs is not there. */
export type Effect = 'effective' | 'pending' | 'not-applicable';

/** What it takes for a new value to count. */
export type Takes = 'now' | 'engine-restart' | 'next-start';

export interface Setting<V extends z.ZodMiniType = z.ZodMiniType> {
  /** `value`: `{ locked, value }`; `fields`: `{ locked, …fields }`; `bare`: as it is, never locked. */
  form: 'value' | 'fields' | 'bare';
  schema: V;
  /** Built in. */
  fallback: z.output<V>;
  effect: Effect;
  takes: Takes;
  about: string;
}

function setting<V extends z.ZodMiniType>(
  schema: V,
  fallback: z.output<V>,
  about: string,
  more: Partial<Pick<Setting, 'form' | 'effect' | 'takes'>> = {},
): Setting<V> {
  return { form: 'value', effect: 'effective', takes: 'now', schema, fallback, about, ...more };
}

/** Of Docker Desktop, for parts that Bulkhead does not have. */
const absent = (about: string, schema: z.ZodMiniType = z.boolean(), form: Setting['form'] = 'value') =>
  setting(schema, undefined, about, { effect: 'not-applicable', form });
/** Accepted and checked for shape; a later version acts on it. */
const later = (schema: z.ZodMiniType, fallback: unknown, about: string, form: Setting['form'] = 'value') =>
  setting(schema, fallback, about, { effect: 'pending', form });

const text = z.string().check(z.maxLength(4096));
const texts = z.array(text).check(z.maxLength(1000));
const proxyFields = {
  mode: z.enum(['system', 'manual']),
  http: z.optional(text),
  https: z.optional(text),
  exclude: z.optional(z.union([texts, text])),
};
const daemonOptions = text.check(
  z.maxLength(64 * 1024),
  z.superRefine((json, context) => {
    const read = parseDaemonOptions(json);
    if ('problems' in read)
      for (const { message } of read.problems) context.addIssue({ code: 'custom', message });
  }),
);
const devices = z.enum(['/dev/fuse', '/dev/net/tun'], {
  error: 'a device that can be allowed is /dev/fuse or /dev/net/tun: others reach beyond a container',
});

const imagePattern = text.check(
  z.refine((pattern) => parseImagePattern(pattern) !== undefined, {
    error: 'an image is NAME, NAME:TAG, NAME:*, NAME@sha256:…, the id of an image, or *',
  }),
);
const dockerCommand = text.check(
  z.refine(isCommandName, {
    error: `a command is one of ${commandNames.join(', ')}`,
  }),
);

/** Of Docker's documentation, 'Settings reference': https://docs.docker.com/enterprise/security/hardened-desktop/settings-management/ */
const docker = {
  enhancedContainerIsolation: setting(
    z.object({
      value: z.boolean(),
      dockerSocketMount: z.optional(
        z.object({
          imageList: z.optional(
            z.object({
              images: z.array(imagePattern).check(z.maxLength(1000)),
              allowDerivedImages: z.optional(z.boolean()),
            }),
          ),
          commandList: z.optional(
            z.object({
              type: z.enum(['allow', 'deny']),
              commands: z.array(dockerCommand).check(z.maxLength(1000)),
            }),
          ),
        }),
      ),
    }),
    { value: true },
    'each container gets a user namespace of its own; off: plain runtime, for new containers',
    { form: 'fields' },
  ),
  exposeDockerAPIOnTCP2375: setting(
    z.boolean(),
    false,
    'always off: nothing listens without client certificates',
  ),
  'linuxVM.dockerDaemonOptions': setting(
    daemonOptions,
    '{}',
    'options of daemon.json, an allow-list of them',
    {
      takes: 'engine-restart',
    },
  ),
  'linuxVM.vpnkitCIDR': setting(z.cidrv4(), '10.0.2.0/24', "the VM's subnet, at least a /28", {
    takes: 'next-start',
  }),
  proxy: setting(
    z.object({
      ...proxyFields,
      enableKerberosNtlm: z.optional(z.boolean()),
      windowsDockerdPort: z.optional(z.number()),
      pac: z.optional(text),
      embeddedPac: z.optional(z.string()),
    }),
    { mode: 'system' },
    'the proxy that the engine pulls and pushes through, where mode is manual',
    { form: 'fields', takes: 'engine-restart' },
  ),
  blockDockerLoad: setting(z.boolean(), false, 'docker load and docker import are refused'),
  portBindingBehavior: setting(
    z.enum(['default-port-binding', 'default-local-port-binding', 'local-only-port-binding']),
    'default-port-binding',
    'the address of published ports: all, 127.0.0.1 unless one is named, or 127.0.0.1 only; a network keeps what was in force when it was made',
    { takes: 'next-start' },
  ),
  filesharingAllowedDirectories: later(
    z.array(z.object({ path: text, sharedByDefault: z.optional(z.boolean()) })).check(z.maxLength(1000)),
    [],
    'host folders that may be shared; there are no shares yet',
    'bare',
  ),
  containersProxy: later(
    z.object({
      ...proxyFields,
      pac: z.optional(text),
      embeddedPac: z.optional(z.string()),
      transparentPorts: z.optional(text),
    }),
    { mode: 'system' },
    "proxy of containers' traffic",
    'fields',
  ),
  defaultNetworkingMode: later(
    z.enum(['dual-stack', 'ipv4only', 'ipv6only']),
    'dual-stack',
    'IP versions of new networks',
  ),
  dnsInhibition: later(z.enum(['auto', 'ipv4', 'ipv6', 'none']), 'auto', 'which DNS records containers see'),
  'linuxVM.wslEngineEnabled': absent('the VM does not run below WSL'),
  'windowsContainers.dockerDaemonOptions': absent('there are no Windows containers', text),
  kubernetes: absent(
    'there is no Kubernetes; kind runs in a container',
    z.looseObject({ enabled: z.boolean() }),
    'fields',
  ),
  scout: absent('there is no Scout', z.looseObject({}), 'fields'),
  extensionsEnabled: absent('there are no extensions', z.looseObject({ value: z.boolean() }), 'fields'),
  onlyMarketplaceExtensions: absent('there are no extensions'),
  extensionsPrivateMarketplace: absent('there are no extensions'),
  extensionsPrivateMarketplaceAdminContactURL: absent('there are no extensions', text),
  analyticsEnabled: absent('nothing is sent to anybody'),
  disableUpdate: absent('images are updated by whoever ships them'),
  allowBetaFeatures: absent('there are none'),
  allowExperimentalFeatures: absent('there are none'),
  desktopTerminalEnabled: absent('there is no desktop application'),
  useVirtualizationFrameworkVirtioFS: absent('there is no desktop application'),
  useVirtualizationFrameworkRosetta: absent('there is no desktop application'),
  useGrpcfuse: absent('there is no desktop application'),
  displayedOnboarding: absent('there is no desktop application'),
  enableDockerAI: absent('there is no assistant'),
  enableDockerMCPToolkit: absent('there is no assistant'),
  enableInference: absent('there is no model runner', z.looseObject({ value: z.boolean() }), 'fields'),
  enableInferenceTCP: absent('there is no model runner'),
  enableInferenceTCPPort: absent('there is no model runner', z.number()),
  enableInferenceCORS: absent('there is no model runner', text),
  enableInferenceGPUVariant: absent('there is no model runner'),
  enableCloud: absent('nothing runs elsewhere'),
  silentModulesUpdate: absent('there is no desktop application'),
  windowsDockerdPort: absent('there are no Windows containers', z.number()),
} as const;

const own = {
  'bulkhead.privileged': setting(
    z.enum(['confine', 'deny']),
    'confine',
    'privileged containers: confined, or refused',
  ),
  'bulkhead.devices': setting(
    z.array(devices),
    ['/dev/fuse', '/dev/net/tun'],
    'devices that containers may ask for',
  ),
  'bulkhead.plugins': setting(
    z.boolean(),
    false,
    "whether the engine's managed plugins may be installed and run",
  ),
  'bulkhead.swarm': setting(z.boolean(), true, 'whether the engine may be made a swarm node'),
  'bulkhead.buildEntitlements': setting(
    z.array(z.enum(['security.insecure'])),
    [],
    'what builds may ask for: security.insecure, confined like a privileged container',
    { takes: 'engine-restart' },
  ),
  'bulkhead.ioUring': setting(z.boolean(), false, 'whether containers may use io_uring'),
  'bulkhead.pidsLimit': setting(
    z.int().check(z.minimum(16), z.maximum(4_194_304)),
    16_384,
    'processes of a container that has no limit',
  ),
  'bulkhead.registryAccess': later(z.unknown(), undefined, 'registries that may be used'),
  'bulkhead.imageAccess': later(z.unknown(), undefined, 'images that may be used'),
  'bulkhead.hostLoopback': later(z.boolean(), false, "whether containers reach the host's loopback"),
  'bulkhead.auditLevel': later(z.enum(['refusals', 'all']), 'refusals', 'what the audit log holds'),
} as const;

/** Every setting that is known: key, with dots → what it takes and does. */
export const settings = { ...docker, ...own } as const;
export type SettingName = keyof typeof settings;
export type SettingValue<K extends SettingName> = z.output<(typeof settings)[K]['schema']>;

export const settingNames = Object.keys(settings) as SettingName[];
