import { Refused, shown } from './refusal.ts';
import type { Spec } from './spec.ts';

/** The engine's own program, by a path that is no container's to choose. */
export const DOCKERD_HOOK_PATH = '/run/bulkhead/libexec/dockerd';

const EXEC_ROOT = /^-exec-root=(\/var)?\/run\/docker$/;

/**
 * A hook runs outside the container, as the VM's root. The one that is needed has dockerd give the container its network
 * (moby ≤ 27 and its BuildKit: daemon/oci_linux.go, WithLibnetwork; builder/builder-next/executor_linux.go):
 * `libnetwork-setkey -exec-root=/run/docker SANDBOX CONTROLLER`. It is written anew, never passed on.
 * @param id of the container; BuildKit names the network's end differently
 * @throws Refused (hooks)
 */
export function decideHooks(asked: Spec['hooks'], id: string, buildKit: boolean) {
  for (const [stage, hooks] of Object.entries(asked ?? {})) {
    for (const hook of hooks ?? []) {
      if (stage !== 'prestart' || hook.args?.[0] !== 'libnetwork-setkey')
        throw new Refused('hooks', `a ${stage} hook is not allowed: ${shown(hook.path)}`);
    }
  }
  const prestart = (asked?.prestart ?? []).map(({ args = [] }) => {
    const [name = '', execRoot = '', sandbox = '', controller = ''] = args;
    const fits =
      args.length === 4 &&
      EXEC_ROOT.test(execRoot) &&
      (buildKit ? /^[a-z0-9]{20,64}$/.test(sandbox) : sandbox === id) &&
      /^[0-9a-f]{12}$/.test(controller);
    if (!fits) throw new Refused('hooks', `hook ${shown(args.join(' '))} is not as dockerd writes it`);
    return { path: DOCKERD_HOOK_PATH, args: [name, execRoot, sandbox, controller] };
  });
  if (prestart.length > 1) throw new Refused('hooks', 'a container has one network hook');
  return prestart.length === 0 ? undefined : { prestart };
}
