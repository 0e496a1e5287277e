import { JsonError, readStrictJson } from '../json/strict.ts';
import * as z from '../zod.ts';

const text = z.string().check(z.maxLength(1000));
const texts = z.array(text).check(z.maxLength(100));
const count = z.int().check(z.minimum(0), z.maximum(1_000_000));
const address = z.union([z.ipv4(), z.ipv6()]);
const network = z.union([z.cidrv4(), z.cidrv6()]);
const url = z.url({ protocol: /^https?$/ });
const size = z.string().check(z.regex(/^\d+[kmg]?$/i));
const limit = z.strictObject({ Name: text, Hard: z.int(), Soft: z.int() });

/** What of daemon.json an administrator or a user may set (dockerd(8)); everything else is refused by name. */
const allowed = {
  'log-level': z.enum(['debug', 'info', 'warn', 'error', 'fatal']),
  'log-driver': z.enum(['json-file', 'local', 'none']),
  'log-opts': z.strictObject({
    'max-size': z.optional(size),
    'max-file': z.optional(z.string().check(z.regex(/^\d+$/))),
    compress: z.optional(z.enum(['true', 'false'])),
    labels: z.optional(text),
    env: z.optional(text),
    tag: z.optional(text),
    mode: z.optional(z.enum(['blocking', 'non-blocking'])),
    'max-buffer-size': z.optional(size),
  }),
  labels: texts,
  'registry-mirrors': z.array(url).check(z.maxLength(20)),
  'insecure-registries': texts,
  'max-concurrent-downloads': count,
  'max-concurrent-uploads': count,
  'max-download-attempts': count,
  'shutdown-timeout': z.int().check(z.minimum(0), z.maximum(300)),
  'default-shm-size': size,
  'default-ulimits': z.record(text, limit),
  dns: z.array(address).check(z.maxLength(10)),
  'dns-opts': texts,
  'dns-search': texts,
  bip: z.cidrv4(),
  'fixed-cidr': z.cidrv4(),
  'fixed-cidr-v6': z.cidrv6(),
  ipv6: z.boolean(),
  mtu: z.int().check(z.minimum(576), z.maximum(65_535)),
  'default-address-pools': z
    .array(z.strictObject({ base: network, size: z.int().check(z.minimum(1), z.maximum(128)) }))
    .check(z.maxLength(50)),
  builder: z.strictObject({
    gc: z.optional(
      z.strictObject({
        enabled: z.optional(z.boolean()),
        defaultKeepStorage: z.optional(text),
        policy: z.optional(
          z.array(
            z.strictObject({
              keepStorage: z.optional(text),
              all: z.optional(z.boolean()),
              filter: z.optional(z.union([text, texts])),
            }),
          ),
        ),
      }),
    ),
  }),
  features: z.strictObject({ buildkit: z.optional(z.boolean()), cdi: z.optional(z.literal(false)) }),
} as const;

/** Why some that people ask for are refused. */
const reasons: Readonly<Record<string, string>> = {
  hosts: 'the engine listens on its private socket and with client certificates on 2376, nowhere else',
  tls: 'the engine is reached with client certificates only',
  tlsverify: 'the engine is reached with client certificates only',
  tlscacert: 'the key and its certificate are made anew at each boot',
  tlscert: 'the key and its certificate are made anew at each boot',
  tlskey: 'the key and its certificate are made anew at each boot',
  runtimes: 'every container goes through the runtime layer',
  'default-runtime': 'every container goes through the runtime layer',
  'userns-remap': 'each container has a user namespace of its own already',
  'authorization-plugins': 'requests are authorized by Bulkhead',
  'data-root': 'it lies on the data disk',
  'exec-root': 'it lies in memory',
  containerd: 'the engine uses the containerd that PID 1 verified',
  'cgroup-parent': 'containers have their own part of the tree, with limits',
  'live-restore': 'containers go on while the engine is started again',
  'metrics-addr': 'nothing listens without client certificates',
  debug: 'it opens endpoints that show the engine from inside; use log-level',
  experimental: 'what is experimental in the engine is not guarded',
  'http-proxy': 'use the key `proxy`',
  proxies: 'use the key `proxy`',
  ip: 'use the key `portBindingBehavior`',
  'seccomp-profile': 'a file of the VM; pass a profile with --security-opt',
  'storage-driver': 'the runtime layer knows overlay2',
};

export const allowedDaemonOptions = Object.keys(allowed);
export const refusedDaemonOptions = reasons;

/** One thing that is wrong with daemon options. */
export interface OptionProblem {
  option: string;
  message: string;
}

/** `linuxVM.dockerDaemonOptions.value`: JSON in a string. @returns the options, or all that is wrong with them */
export function parseDaemonOptions(
  json: string,
): { options: Record<string, unknown> } | { problems: OptionProblem[] } {
  let value: unknown;
  try {
    value = readStrictJson(Buffer.from(json.trim() || '{}'), {
      most: 64 * 1024,
      deepest: 10,
      nulls: 'kept',
    }).value;
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    return { problems: [{ option: '', message: `it is no JSON: ${error.message} (at ${error.offset})` }] };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { problems: [{ option: '', message: 'it is no object' }] };
  const entries = Object.entries(value).filter(([option, each]) => each !== false || !OFF.includes(option));
  const problems = entries.flatMap(([option, each]) => problemOf(option, each));
  return problems.length > 0 ? { problems } : { options: Object.fromEntries(entries) };
}

/** What Docker Desktop writes into every file; off is what they are here. */
const OFF = ['debug', 'experimental'];

function problemOf(option: string, value: unknown): OptionProblem[] {
  if (!Object.hasOwn(allowed, option)) {
    const why = Object.hasOwn(reasons, option) ? `: ${reasons[option]}` : '';
    return [{ option, message: `${option} may not be set${why}` }];
  }
  const read = allowed[option as keyof typeof allowed].safeParse(value);
  if (read.success) return [];
  return [{ option, message: `${option}: ${read.error.issues[0]?.message ?? 'wrong value'}` }];
}
