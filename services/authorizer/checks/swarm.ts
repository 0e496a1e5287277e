import type { RequestPolicy } from '../../../policy/runtime/api.ts';
import { shown } from '../../warden/decision/refusal.ts';
import { decideSysctls } from '../../warden/decision/sysctls.ts';
import { Denied } from '../denial.ts';
import type { Fields } from '../fields.ts';
import { bodyOf, type Check } from '../request.ts';
import { judgeLogging } from './logging.ts';
import { judgeMount } from './mounts.ts';

/** Anything of swarm mode. */
export const swarm: Check = ({ policy }) => {
  if (!policy.swarm) throw new Denied('swarm', 'swarm mode is not allowed');
};

/** POST /plugins/… */
export const plugin: Check = ({ policy, target }) => {
  if (!policy.plugins) throw new Denied('plugins', 'managed plugins are not allowed');
  // dockerd looks for a managed plugin first, whatever it asks for by name (moby, plugin/store.go, Get)
  const named = [target.path.split('/')[2], ...['name', 'remote'].map((key) => target.query.get(key))];
  if (named.some((name) => name !== undefined && name !== null && /^([^/]*\/)*bulkhead(:|@|$)/.test(name)))
    throw new Denied('plugins', 'the name bulkhead is that of the authorization itself');
};

/** POST /services/create and /services/{id}/update: its tasks are containers. */
export const changeService: Check = (asked) => {
  swarm(asked);
  const { policy, known } = asked;
  const service = bodyOf(asked);
  const task = service.inner('TaskTemplate');
  const container = task.inner('ContainerSpec');
  const runtime = task.text('Runtime');
  if ((runtime !== '' && runtime !== 'container') || task.inner('PluginSpec').names().length > 0)
    throw new Denied('plugins', `tasks of the runtime ${shown(runtime)} are not allowed`);
  const asking = { image: container.text('Image'), policy, known };
  for (const mount of container.inners('Mounts')) judgeMount(mount, asking);
  if (policy.isolation) decideSysctls(container.map('Sysctls'), new Set());
  judgeLogging(task.inner('LogDriver'), 'Name', policy);
  judgePublished(service.inner('EndpointSpec').inners('Ports'), policy);
};

/** POST /swarm/init and /swarm/update: they can set the log driver of all tasks. */
export const changeCluster: Check = (asked) => {
  swarm(asked);
  const body = bodyOf(asked);
  for (const specification of [body, body.inner('Spec')])
    judgeLogging(specification.inner('TaskDefaults').inner('LogDriver'), 'Name', asked.policy);
};

/** Swarm publishes on every address. */
function judgePublished(ports: readonly Fields[], { portBindingBehavior }: RequestPolicy): void {
  if (portBindingBehavior === 'local-only-port-binding' && ports.length > 0)
    throw new Denied(
      'port-binding',
      'services publish on every address, and ports can be published on 127.0.0.1 only',
    );
}
