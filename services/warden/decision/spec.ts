import * as z from 'zod';
import { MOST_DOCUMENT_BYTES } from '../messages.ts';
import { readJson } from './json.ts';
import { type Resources, resourcesSchema } from './limits-schema.ts';
import { Refused, shown } from './refusal.ts';
import { seccompSchema } from './seccomp-schema.ts';
import { i64, list, path, text, u32, u64, word } from './values.ts';

/**
 * The parts of config.json (opencontainers/runtime-spec, config.md and config-linux.md) that have a meaning here. What is
 * not named does not get past this file: annotations, labels of AppArmor and SELinux, schedulers, mount labels, RDMA,
 * network classes, Intel RDT, personality.
 */

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

const mountSchema = z.object({
  destination: path,
  type: word.optional(),
  source: z.string().max(4096).optional(),
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
  const what = issue === undefined ? '' : inWords(issue);
  throw new Refused('document', `invalid or unsupported container spec: ${shown(where)}: ${shown(what)}`);
}

/** What a user can bring about from the command line, in words for them; the rest is for who wrote the engine. */
function inWords(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'too_big') return issue.message;
  if (issue.origin === 'array') return `more than ${issue.maximum}`;
  if (issue.origin === 'string') return `longer than ${issue.maximum} characters`;
  return issue.message;
}
