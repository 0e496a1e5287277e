import { z } from 'zod';
import { MOST_DOCUMENT_BYTES } from '../messages.ts';
import { readJson } from './json.ts';
import { Refused, shown } from './refusal.ts';

/**
 * The parts of config.json (opencontainers/runtime-spec, config.md and config-linux.md) that have a meaning here. What is
 * not named does not get past this file: annotations, labels of AppArmor and SELinux, schedulers, mount labels, RDMA,
 * network classes, Intel RDT, personality.
 */

const text = z.string().max(131_072); // MAX_ARG_STRLEN, execve(2)
const path = z.string().min(1).max(4096); // PATH_MAX
const word = z.string().max(256);
const u32 = z.int().min(0).max(0xffff_ffff);
const i64 = z.union([
  z.int(),
  z
    .bigint()
    .min(-(2n ** 63n))
    .max(2n ** 63n - 1n),
]);
const u64 = z.union([z.int().min(0), z.bigint().min(0n)]);
const list = <T extends z.ZodType>(of: T) => z.array(of).max(1000);
const names = list(word).optional();

const processSchema = z.object({
  terminal: z.boolean().optional(),
  consoleSize: z.object({ height: u32, width: u32 }).optional(),
  user: z.object({
    uid: u32.default(0),
    gid: u32.default(0),
    umask: u32.optional(),
    additionalGids: z.array(u32).max(65_536).optional(),
  }),
  args: z.array(text).min(1).max(65_536),
  env: z.array(text).max(65_536).default([]),
  cwd: path,
  capabilities: z
    .object({ bounding: names, effective: names, inheritable: names, permitted: names, ambient: names })
    .optional(),
  rlimits: list(z.object({ type: word, soft: u64, hard: u64 })).optional(),
  noNewPrivileges: z.boolean().optional(),
  oomScoreAdj: z.int().min(-1000).max(1000).optional(),
});
export type Process = z.infer<typeof processSchema>;

const deviceNumber = { major: i64.optional(), minor: i64.optional() };
const throttle = list(z.object({ ...deviceNumber, rate: u64 })).optional();

const resourcesSchema = z.object({
  devices: z
    .array(
      z.object({
        allow: z.boolean().default(false),
        type: word.optional(),
        ...deviceNumber,
        access: word.optional(),
      }),
    )
    .max(10_000)
    .optional(),
  memory: z
    .object({
      limit: i64.optional(),
      reservation: i64.optional(),
      swap: i64.optional(),
      disableOOMKiller: z.boolean().optional(),
      checkBeforeUpdate: z.boolean().optional(),
    })
    .optional(),
  cpu: z
    .object({
      shares: u64.optional(),
      quota: i64.optional(),
      burst: u64.optional(),
      period: u64.optional(),
      idle: i64.optional(),
      cpus: z
        .string()
        .max(4096)
        .regex(/^[\d,\- ]*$/)
        .optional(),
      mems: z
        .string()
        .max(4096)
        .regex(/^[\d,\- ]*$/)
        .optional(),
    })
    .optional(),
  pids: z.object({ limit: i64.optional() }).optional(),
  blockIO: z
    .object({
      weight: z.int().min(0).max(1000).optional(),
      weightDevice: list(
        z.object({ ...deviceNumber, weight: z.int().min(0).max(1000).optional() }),
      ).optional(),
      throttleReadBpsDevice: throttle,
      throttleWriteBpsDevice: throttle,
      throttleReadIOPSDevice: throttle,
      throttleWriteIOPSDevice: throttle,
    })
    .optional(),
  hugepageLimits: list(z.object({ pageSize: z.string().regex(/^\d{1,9}[KMG]B$/), limit: u64 })).optional(),
  unified: z.record(word, z.string().max(4096)).optional(),
});
export type Resources = z.infer<typeof resourcesSchema>;

const seccompSchema = z.object({
  defaultAction: word,
  defaultErrnoRet: u32.optional(),
  architectures: names,
  flags: names,
  listenerPath: text.optional(),
  syscalls: z
    .array(
      z.object({
        names: z.array(z.string().regex(/^[a-z0-9_]{1,64}$/i)).max(2000),
        action: word,
        errnoRet: u32.optional(),
        args: z
          .array(
            z.object({
              index: z.int().min(0).max(5),
              value: u64.default(0),
              valueTwo: u64.optional(),
              op: word,
            }),
          )
          .max(6)
          .optional(),
      }),
    )
    .max(4000)
    .default([]),
});
export type Seccomp = z.infer<typeof seccompSchema>;

const mountSchema = z.object({
  destination: path,
  type: word.optional(),
  source: path.optional().catch(undefined),
  options: list(z.string().max(4096)).default([]),
});
export type Mount = z.infer<typeof mountSchema>;

const hooks = list(
  z.object({ path, args: list(text).optional(), env: list(text).optional(), timeout: i64.optional() }),
).optional();

const specSchema = z.object({
  ociVersion: z.string().max(64),
  process: processSchema,
  root: z.object({ path, readonly: z.boolean().optional() }),
  hostname: word.optional(),
  domainname: word.optional(),
  mounts: list(mountSchema).default([]),
  hooks: z
    .object({
      prestart: hooks,
      createRuntime: hooks,
      createContainer: hooks,
      startContainer: hooks,
      poststart: hooks,
      poststop: hooks,
    })
    .optional(),
  linux: z.object({
    namespaces: z.array(z.object({ type: word, path: z.string().max(4096).optional() })).max(16),
    cgroupsPath: z.string().max(4096).optional(),
    resources: resourcesSchema.optional(),
    devices: z
      .array(
        z.object({
          path,
          type: word,
          major: i64.default(0),
          minor: i64.default(0),
          fileMode: u32.optional(),
          uid: u32.optional(),
          gid: u32.optional(),
        }),
      )
      .max(20_000)
      .default([]),
    seccomp: seccompSchema.optional(),
    sysctl: z.record(word, z.string().max(1024)).optional(),
    maskedPaths: list(path).optional(),
    readonlyPaths: list(path).optional(),
  }),
});
export type Spec = z.infer<typeof specSchema>;

/**
 * config.json of a bundle.
 * @throws Refused (document): which member, and what is wrong with it
 */
export function readSpec(document: Buffer): Spec {
  return read(specSchema, document);
}

/** What `runc exec --process` is given. @throws Refused (document) */
export function readProcess(document: Buffer): Process {
  return read(processSchema, document);
}

/** What `runc update --resources` is given. @throws Refused (document) */
export function readResources(document: Buffer): Resources {
  return read(resourcesSchema, document);
}

function read<T>(schema: z.ZodType<T>, document: Buffer): T {
  const result = schema.safeParse(readJson(document, MOST_DOCUMENT_BYTES));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? 'it' : issue.path.map(String).join('.');
  throw new Refused(
    'document',
    `invalid or unsupported container spec: ${shown(where)}: ${shown(issue?.message ?? '')}`,
  );
}
