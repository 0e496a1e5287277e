/** A module's name as the kernel has it: files and lists write `-` and `_` as they like. */
export function moduleName(name: string): string {
  return name.replaceAll('-', '_');
}

export interface ModuleDependency {
  name: string;
  /** Asked for by `softdep=pre:`: loaded first when there is such a module (modprobe.d(5)). */
  soft: boolean;
}

/** What a module says in its `.modinfo` section that must be loaded before it. */
export function moduleDependencies(module: Buffer): ModuleDependency[] {
  const text = module.toString('latin1');
  const hard = /\0depends=([^\0]*)\0/.exec(text)?.[1] ?? '';
  const soft = [...text.matchAll(/\0softdep=([^\0]*)(?=\0)/g)].flatMap(([, words = '']) => before(words));
  return [
    ...hard
      .split(',')
      .filter((name) => name !== '')
      .map((name) => ({ name: moduleName(name), soft: false })),
    ...soft.map((name) => ({ name: moduleName(name), soft: true })),
  ];
}

/** The names after `pre:` and before the next word with a colon. */
function before(words: string): string[] {
  const all = words.split(/\s+/).filter((word) => word !== '');
  const start = all.indexOf('pre:');
  if (start < 0) return [];
  const rest = all.slice(start + 1);
  const end = rest.findIndex((word) => word.endsWith(':'));
  return end < 0 ? rest : rest.slice(0, end);
}
