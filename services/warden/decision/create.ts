import { posix } from 'node:path';
import type { RuntimePolicy } from '../../../policy/runtime/policy.ts';
import { type Fact, type Operation, type Plan, RANGE, type Request, ROOT_PATH } from '../messages.ts';
import { cgroupPath } from './cgroup-path.ts';
import { decideDevices, isPrivileged } from './devices.ts';
import { isUncovered, maskedPaths, readonlyPaths } from './hidden-paths.ts';
import { decideHooks } from './hooks.ts';
import { forSystemd, isSystemd, withWritableCgroup } from './init-system.ts';
import { writeJson } from './json.ts';
import { decideMounts, mountPoints } from './mounts.ts';
import { decideNamespaces, isBase } from './namespaces.ts';
import { decideProcess } from './process.ts';
import { Refused, shown, unsupported } from './refusal.ts';
import { decideResources } from './resources.ts';
import { judgeRoot } from './root.ts';
import { decideSeccomp } from './seccomp.ts';
import { type Asker, findDataDisk, isOfBuildKit } from './sources.ts';
import type { Spec } from './spec.ts';
import { decideSysctls } from './sysctls.ts';
import { takeInventory } from './wishes.ts';

export interface CreateInput {
  request: Request;
  /** `readSpec` of the request's document. */
  spec: Spec;
  /** Of `wishesOf` the spec, in that order. */
  facts: readonly Fact[];
  /** First id of a free range. */
  base: number;
  policy: RuntimePolicy;
}

/** crun wants them in the document also when a user namespace is joined: it owns devices and its state by them. */
const mappings = (base: number) => [{ containerID: 0, hostID: base, size: RANGE }];

/**
 * What is to be done so that this container can be created: a new config.json, rebuilt from what is allowed and never
 * the old one changed, and the mounts that must exist before crun runs. Pure.
 * @throws Refused
 */
export function decideCreate({ request, spec, facts, base, policy }: CreateInput): Plan {
  refusePlugins(request, policy);
  refusePrivileged(spec, policy);
  if (!isBase(base)) throw new Error(`${base} is no first id of a range`);
  const inventory = takeInventory(spec, request);
  if (facts.length !== inventory.wishes.length)
    throw new Error(`${facts.length} facts for ${inventory.wishes.length} wishes`);

  const buildKit = isOfBuildKit(request.bundle);
  const asker: Asker = { id: request.id, buildKit, dataDisk: findDataDisk(facts), sockets: policy.sockets };
  const namespaces = decideNamespaces(spec, inventory, facts, base);
  judgeRoot(spec.root.path, facts[inventory.root], asker);
  const prepared = forSystemd(spec);
  const systemd = isSystemd(spec.process);
  const covered = !isUncovered(spec.linux.maskedPaths);
  const mounts = decideMounts({ mounts: prepared.mounts, inventory, facts, asker, covered });
  const devices = decideDevices(spec, policy);
  const seccomp = decideSeccomp(spec.linux.seccomp, policy);
  const hooks = decideHooks(spec.hooks, request.id, buildKit);

  const document = {
    ociVersion: '1.0.2',
    process: decideProcess(prepared.process),
    root: { path: ROOT_PATH, readonly: false },
    ...(spec.hostname && { hostname: spec.hostname }),
    ...(spec.domainname && { domainname: spec.domainname }),
    mounts: mounts.list.map(({ destination, type, source, options }) => ({
      destination,
      type,
      source,
      options: systemd ? withWritableCgroup(type, options) : options,
    })),
    ...(hooks && { hooks }),
    linux: {
      namespaces: namespaces.list,
      uidMappings: mappings(namespaces.base),
      gidMappings: mappings(namespaces.base),
      cgroupsPath: cgroupPath(spec.linux.cgroupsPath, request.id),
      resources: { devices: devices.rules, ...decideResources(spec.linux.resources ?? {}, policy, true) },
      devices: devices.list,
      seccomp,
      sysctl: decideSysctls(spec.linux.sysctl, namespaces.joined),
      maskedPaths: maskedPaths(spec.linux.maskedPaths),
      readonlyPaths: readonlyPaths(spec.linux.readonlyPaths),
      rootfsPropagation: 'rprivate',
    },
  };
  const sealing: Operation[] = spec.root.readonly ? [...mountPoints(mounts.points), { do: 'seal' }] : [];
  return {
    base: namespaces.base,
    document: writeJson(document),
    operations: [
      // where the engine shows it again, the client has made it noexec, nosuid and nodev (services/runc/engine_mounts.c)
      { do: 'root', item: inventory.root, set: 'i', clear: 'sdx' },
      { do: 'time' },
      ...namespaces.operations,
      ...mounts.operations,
      ...devices.operations,
      ...sealing,
    ],
  };
}

function refusePrivileged({ linux }: Spec, policy: RuntimePolicy): void {
  if (policy.privileged === 'deny' && isPrivileged(linux.resources))
    throw new Refused('privileged', unsupported("can't be privileged"));
}

/** Managed plugins run with the privileges that they ask for, and break in a user namespace. */
function refusePlugins({ stateRoot, id }: Request, policy: RuntimePolicy): void {
  if (posix.basename(stateRoot) === 'plugins.moby' && !policy.plugins)
    throw new Refused('plugins', `can't run plugin ${shown(id)}: managed plugins are not allowed`);
}
