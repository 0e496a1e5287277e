import type { ServiceDefinition } from '../../services/supervisor/definition.ts';
import { checkDefinitions, type DefinitionProblem, startOrder } from '../../services/supervisor/graph.ts';

/** What is wrong with a set of services and the image that they are to run in. */
export interface CheckedServices {
  /** In which order they start; empty where they wait for each other. */
  order: string[];
  problems: { service: string; code: DefinitionProblem['code'] | 'not-in-image' | 'user'; message: string }[];
}

/**
 * All that can be said without booting: each definition by itself, the graph, whether the image's list of executables
 * has what they execute, and whether two that are confined run as one user. Pure.
 * @param executables paths of the manifest; undefined: no image is at hand
 */
export function checkServices(
  definitions: readonly ServiceDefinition[],
  executables: ReadonlySet<string> | undefined,
): CheckedServices {
  const problems: CheckedServices['problems'] = checkDefinitions(definitions);
  for (const { name, executable } of definitions) {
    if (executables === undefined || executables.has(executable)) continue;
    const message = `${name}: ${executable} is not in the image's list of executables, and would not be started`;
    problems.push({ service: name, code: 'not-in-image', message });
  }
  const users = new Map<number, string>();
  for (const { name, uid } of definitions) {
    const other = users.get(uid);
    users.set(uid, name);
    if (uid === 0 || other === undefined || other === name) continue;
    const message = `${name}: runs as user ${uid}, as ${other} does: each could reach into the other`;
    problems.push({ service: name, code: 'user', message });
  }
  const cyclic = problems.some(({ code }) => code === 'cycle');
  return { order: cyclic ? [] : startOrder(definitions).map(({ name }) => name), problems };
}
