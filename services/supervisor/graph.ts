import { basename } from 'node:path';
import type { ServiceDefinition } from './definition.ts';

export interface DefinitionProblem {
  service: string;
  code: 'name' | 'duplicate' | 'unknown' | 'cycle' | 'number' | 'path' | 'capability' | 'environment';
  message: string;
}

const NAME = /^[a-z][a-z0-9-]{0,31}$/;
const CAPABILITY = /^[A-Z][A-Z_]*$/;
const ABSOLUTE = /^\/[A-Za-z0-9._+/-]+$/;
/** The limits of `launch`. */
const LARGEST_ID = 2 ** 32 - 2;
const LARGEST_LIMIT = 2 ** 30;
const LARGEST_MEMORY = 2 ** 40;
const MOST_DESCRIPTORS = 32;
const LARGEST_TIMEOUT = 3_600_000;

/** All that is wrong with `definitions`; empty when they can be started. Nothing outside of them is looked at. */
export function checkDefinitions(definitions: readonly ServiceDefinition[]): DefinitionProblem[] {
  const problems: DefinitionProblem[] = [];
  const names = new Set<string>();
  for (const definition of definitions) {
    const { name } = definition;
    if (names.has(name))
      problems.push({ service: name, code: 'duplicate', message: `${name} is defined twice` });
    names.add(name);
    problems.push(...checkOne(definition));
  }
  for (const { name, requires, after } of definitions) {
    for (const other of [...requires, ...after]) {
      if (names.has(other)) continue;
      problems.push({
        service: name,
        code: 'unknown',
        message: `${name} names ${other}, which is not defined`,
      });
    }
  }
  const cycle = findCycle(definitions);
  if (cycle !== undefined) {
    const message = `services wait for each other: ${cycle.join(' → ')}`;
    problems.push({ service: cycle[0] ?? '', code: 'cycle', message });
  }
  return problems;
}

/**
 * The definitions, each behind all that it requires or comes after; otherwise in the order given.
 * @throws RangeError for a cycle, which `checkDefinitions` reports.
 */
export function startOrder(definitions: readonly ServiceDefinition[]): ServiceDefinition[] {
  const cycle = findCycle(definitions);
  if (cycle !== undefined) throw new RangeError(`no order: ${cycle.join(' → ')}`);
  const ordered = new Set<ServiceDefinition>();
  const place = (definition: ServiceDefinition) => {
    if (ordered.has(definition)) return;
    for (const other of predecessors(definition, definitions)) place(other);
    ordered.add(definition);
  };
  for (const definition of definitions) place(definition);
  return [...ordered];
}

function predecessors(of: ServiceDefinition, all: readonly ServiceDefinition[]): ServiceDefinition[] {
  return all.filter(({ name }) => of.requires.includes(name) || of.after.includes(name));
}

/** The names along a cycle, the first one again at the end. */
function findCycle(definitions: readonly ServiceDefinition[]): string[] | undefined {
  const done = new Set<ServiceDefinition>();
  const path: ServiceDefinition[] = [];
  const walk = (definition: ServiceDefinition): string[] | undefined => {
    if (done.has(definition)) return undefined;
    const start = path.indexOf(definition);
    if (start >= 0) return [...path.slice(start), definition].map(({ name }) => name);
    path.push(definition);
    for (const other of predecessors(definition, definitions)) {
      const cycle = walk(other);
      if (cycle !== undefined) return cycle;
    }
    path.pop();
    done.add(definition);
    return undefined;
  };
  for (const definition of definitions) {
    const cycle = walk(definition);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

function checkOne(definition: ServiceDefinition): DefinitionProblem[] {
  const {
    name,
    executable,
    uid,
    gid,
    oomScoreAdj,
    limits,
    timeouts,
    watchdog,
    descriptors = [],
  } = definition;
  const problems: DefinitionProblem[] = [];
  const problem = (code: DefinitionProblem['code'], message: string) =>
    problems.push({ service: name, code, message: `${name}: ${message}` });
  const inRange = (what: string, value: number | undefined, min: number, max: number) => {
    if (value === undefined || (Number.isInteger(value) && value >= min && value <= max)) return;
    problem('number', `${what} is ${value}, not a whole number from ${min} to ${max}`);
  };
  if (!NAME.test(name)) problem('name', 'a name is up to 32 of a-z, 0-9 and -, and begins with a letter');
  if (!ABSOLUTE.test(executable) || basename(executable) === '..') {
    problem('path', `executable ${JSON.stringify(executable)} is not an absolute path`);
  }
  inRange('uid', uid, 0, LARGEST_ID);
  inRange('gid', gid, 0, LARGEST_ID);
  inRange('oomScoreAdj', oomScoreAdj, -1000, 1000);
  inRange('limits.openFiles', limits.openFiles, 16, LARGEST_LIMIT);
  inRange('limits.processes', limits.processes, 1, LARGEST_LIMIT);
  for (const [limit, value] of Object.entries(definition.cgroup ?? {}))
    inRange(`cgroup ${limit}`, value, 1, LARGEST_MEMORY);
  if ((definition.cgroup?.['memory.low'] ?? 0) > (definition.cgroup?.['memory.max'] ?? LARGEST_MEMORY))
    problem('number', 'memory.low is more than memory.max');
  inRange('timeouts.start', timeouts.start, 1, LARGEST_TIMEOUT);
  inRange('timeouts.stop', timeouts.stop, 1, LARGEST_TIMEOUT);
  inRange('watchdog', watchdog, 1, LARGEST_TIMEOUT);
  inRange('number of descriptors', descriptors.length, 0, MOST_DESCRIPTORS);
  for (const descriptor of descriptors) inRange('descriptor', descriptor, 0, LARGEST_LIMIT);
  if (definition.capabilities !== 'all') {
    for (const capability of definition.capabilities) {
      if (!CAPABILITY.test(capability))
        problem('capability', `${JSON.stringify(capability)} is no capability`);
    }
  }
  for (const variable of Object.keys(definition.env)) {
    if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(variable) && variable !== 'NOTIFY_SOCKET') continue;
    problem('environment', `${JSON.stringify(variable)} cannot be set`);
  }
  return problems;
}
