import { type RuntimePolicy, strictRuntimePolicy } from '../../../policy/runtime/policy.ts';
import type { Fact, Opened, Plan, Request } from '../messages.ts';
import { decideCreate } from './create.ts';
import { BUILDKIT_BUNDLE, BUNDLE, bind, ID, type Json, MERGED, plain } from './fixtures-specs.ts';
import { explain, Refused } from './refusal.ts';
import { readSpec } from './spec.ts';
import { wishesOf } from './wishes.ts';

export * from './fixtures-specs.ts';

/** A mount of the VM: its line in mountinfo, from what matters of it. */
export function mountinfo(
  type: string,
  mountPoint: string,
  root = '/',
  source = type,
  device = '0:41',
): string {
  return `91 25 ${device} ${root} ${mountPoint} rw,relatime shared:7 - ${type} ${source} rw\n`;
}
export const dataDisk = mountinfo('ext4', '/var/lib', '/', '/dev/vdb', '254:16');

export function opened(path: string, line: string, mode = 0o040755, more: Partial<Opened> = {}): Opened {
  return {
    opened: true,
    device: '254:16',
    inode: '77',
    mode,
    deviceNode: '0:0',
    path,
    mountinfo: line,
    ...more,
  };
}
const FILE = 0o100644;

/** What the VM says of paths that are not named otherwise. */
function usual(path: string): Fact {
  if (path === MERGED) return opened(path, mountinfo('overlay', path));
  if (path === `${BUILDKIT_BUNDLE}/rootfs`) return opened(path, mountinfo('overlay', path));
  if (path.startsWith('/run/bulkhead/lxcfs'))
    return opened(path, mountinfo('fuse.lxcfs', '/run/bulkhead/lxcfs', '/', 'lxcfs'), FILE);
  if (path === '/run/bulkhead/bin/docker-init')
    return opened(path, mountinfo('erofs', '/', '/', '/dev/dm-0'), 0o100755);
  if (path.startsWith('/var/lib/'))
    return opened(path, dataDisk, /hosts|hostname|resolv\.conf|\.json$/.test(path) ? FILE : 0o040755);
  if (path.startsWith('/share/')) return opened(path, mountinfo('virtiofs', '/share', '/', 'share'));
  return opened(path, mountinfo('erofs', '/', '/', '/dev/dm-0'));
}

export interface Scene {
  /** Facts that are not the usual ones, by the path that was wished for. */
  facts?: Record<string, Fact>;
  policy?: Partial<RuntimePolicy>;
  request?: Partial<Request>;
  base?: number;
}

export function requestFor(spec: Json, change: Partial<Request> = {}): Request {
  return {
    verb: 'create',
    id: ID,
    stateRoot: '/run/docker/runtime-runc/moby',
    bundle: spec.root?.path?.startsWith(BUILDKIT_BUNDLE) ? BUILDKIT_BUNDLE : BUNDLE,
    document: Buffer.from(JSON.stringify(spec)),
    ...change,
  };
}

/** What a client would answer to the wishes for this request. */
export function factsFor(request: Request, facts: Record<string, Fact> = {}): Fact[] {
  return wishesOf(readSpec(request.document), request).map(({ path }) => facts[path] ?? usual(path));
}

/** Read, wished for, answered, decided. */
export function decide(spec: Json, { facts = {}, policy, request: change, base }: Scene = {}): Plan {
  const request = requestFor(spec, change);
  return decideCreate({
    request,
    spec: readSpec(request.document),
    facts: factsFor(request, facts),
    base: base ?? 100_000,
    policy: { ...strictRuntimePolicy, ...policy },
  });
}

/** The new config.json of a plan. */
export function documentOf(plan: Plan): Json {
  return JSON.parse(plan.document);
}

/** What a user would read of a refusal where all is built in, or what came instead. */
export function refusalOf(act: () => unknown): string {
  try {
    return `no refusal: ${JSON.stringify(act()).slice(0, 200)}`;
  } catch (error) {
    if (error instanceof Refused) return explain(error, {});
    return error instanceof Error ? error.message : String(error);
  }
}

export const addBind =
  (source: string, destination: string, ...options: string[]) =>
  (spec: Json) => {
    spec.mounts.push(bind(source, destination, ...(options.length > 0 ? options : ['rbind', 'rprivate'])));
  };

/** A source that a test gives a fact. */
export const SOURCE = '/asked/for';

/** The operation that a bind of `SOURCE` becomes. */
export function bound(
  fact: Fact,
  {
    destination = '/data',
    options = [] as string[],
    spec = plain() as Json,
    change = (_: Json): void => undefined,
  } = {},
) {
  addBind(SOURCE, destination, ...options)(spec);
  change(spec);
  const plan = decide(spec, { facts: { [SOURCE]: fact } });
  const item =
    1 +
    spec.mounts
      .filter(({ type }: Json) => type === 'bind')
      .findIndex(({ source }: Json) => source === SOURCE);
  return { operation: plan.operations.find((each) => 'item' in each && each.item === item), plan };
}
