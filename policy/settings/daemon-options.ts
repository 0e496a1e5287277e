import * as z from 'zod';
import { JsonError, readStrictJson } from '../json/strict.ts';

const text = z.string().max(1000);
const texts = z.array(text).max(100);
const count = z.number().int().min(0).max(1_000_000);
const address = z.union([z.ipv4(), z.ipv6()]);
const network = z.union([z.cidrv4(), z.cidrv6()]);
const url = z.url({ protocol: /^https?$/ });
const size = z.string().regex(/^\d+[kmg]?$/i);
const limit = z.strictObject({ Name: text, Hard: z.number().int(), Soft: z.number().int() });

/** What of daemon.json an administrator or a user may set (dockerd(8)); everything else is refused by name. */
const allowed = {
  'log-level': z.enum(['debug', 'info', 'warn', 'error', 'fatal']),
  'log-driver': z.enum(['json-file', 'local', 'none']),
  'log-opts': z.strictObject({
    'max-size': size.optional(),
    'max-file': z.string().regex(/^\d+$/).optional(),
    compress: z.enum(['true', 'false']).optional(),
    labels: text.optional(),
    env: text.optional(),
    tag: text.optional(),
    mode: z.enum(['blocking', 'non-blocking']).optional(),
    'max-buffer-size': size.optional(),
  }),
  labels: texts,
  'registry-mirrors': z.array(url).max(20),
  'insecure-registries': texts,
  'max-concurrent-downloads': count,
  'max-concurrent-uploads': count,
  'max-download-attempts': count,
  'shutdown-timeout': z.number().int().min(0).max(300),
  'default-shm-size': size,
  'default-ulimits': z.record(text, limit),
  dns: z.array(address).max(10),
  'dns-opts': texts,
  'dns-search': texts,
  bip: z.cidrv4(),
  'fixed-cidr': z.cidrv4(),
  'fixed-cidr-v6': z.cidrv6(),
  ipv6: z.boolean(),
  mtu: z.number().int().min(576).max(65_535),
  'default-address-pools': z
    .array(z.strictObject({ base: network, size: z.number().int().min(1).max(128) }))
    .max(50),
  builder: z.strictObject({
    gc: z
      .strictObject({
        enabled: z.boolean().optional(),
        defaultKeepStorage: text.optional(),
        policy: z
          .array(
            z.strictObject({
              keepStorage: text.optional(),
              all: z.boolean().optional(),
              filter: z.union([text, texts]).optional(),
            }),
          )
          .optional(),
      })
      .optional(),
  }),
  features: z.strictObject({ buildkit: z.boolean().optional(), cdi: z.literal(false).optional() }),
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
