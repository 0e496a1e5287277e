import * as z from '../../../policy/zod.ts';
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

const names = z.optional(list(word));

const processSchema = z.object({
  terminal: z.optional(z.boolean()),
  consoleSize: z.optional(z.object({ height: u32, width: u32 })),
  user: z.object({
    uid: z._default(u32, 0),
    gid: z._default(u32, 0),
    umask: z.optional(u32),
    additionalGids: z.optional(z.array(u32).check(z.maxLength(65_536))),
  }),
  args: z.array(text).check(z.minLength(1), z.maxLength(65_536)),
  env: z._default(z.array(text).check(z.maxLength(65_536)), []),
  cwd: path,
  capabilities: z.optional(
    z.object({ bounding: names, effective: names, inheritable: names, permitted: names, ambient: names }),
  ),
  rlimits: z.optional(list(z.object({ type: word, soft: u64, hard: u64 }))),
  noNewPrivileges: z.optional(z.boolean()),
  oomScoreAdj: z.optional(z.int().check(z.minimum(-1000), z.maximum(1000))),
});
export type Process = z.infer<typeof processSchema>;

const mountSchema = z.object({
  destination: path,
  type: z.optional(word),
  source: z.optional(z.string().check(z.maxLength(4096))),
  options: z._default(list(z.string().check(z.maxLength(4096))), []),
});
export type Mount = z.infer<typeof mountSchema>;

const hooks = z.optional(
  list(
    z.object({ path, args: z.optional(list(text)), env: z.optional(list(text)), timeout: z.optional(i64) }),
  ),
);

const specSchema = z.object({
  ociVersion: z.string().check(z.maxLength(64)),
  process: processSchema,
  root: z.object({ path, readonly: z.optional(z.boolean()) }),
  hostname: z.optional(word),
  domainname: z.optional(word),
  mounts: z._default(list(mountSchema), []),
  hooks: z.optional(
    z.object({
      prestart: hooks,
      createRuntime: hooks,
      createContainer: hooks,
      startContainer: hooks,
      poststart: hooks,
      poststop: hooks,
    }),
  ),
  linux: z.object({
    namespaces: z
      .array(z.object({ type: word, path: z.optional(z.string().check(z.maxLength(4096))) }))
      .check(z.maxLength(16)),
    cgroupsPath: z.optional(z.string().check(z.maxLength(4096))),
    resources: z.optional(resourcesSchema),
    devices: z._default(
      z
        .array(
          z.object({
            path,
            type: word,
            major: z._default(i64, 0),
            minor: z._default(i64, 0),
            fileMode: z.optional(u32),
            uid: z.optional(u32),
            gid: z.optional(u32),
          }),
        )
        .check(z.maxLength(20_000)),
      [],
    ),
    seccomp: z.optional(seccompSchema),
    sysctl: z.optional(z.record(word, z.string().check(z.maxLength(1024)))),
    maskedPaths: z.optional(list(path)),
    readonlyPaths: z.optional(list(path)),
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

function read<T>(schema: z.ZodMiniType<T>, document: Buffer): T {
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
