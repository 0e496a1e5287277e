/** A layer: the folders that make it, from the most specific on. The first whose path fits is a file's layer. */
export type Layer =
  | 'policy'
  | 'kernel'
  | 'protocol'
  | 'services'
  | 'init'
  | 'host'
  | 'image'
  | 'test'
  | 'bench'
  | 'setup';

const folders: readonly (readonly [string, Layer])[] = [
  ['init/kernel/', 'kernel'],
  ['services/channel/protocol/', 'protocol'],
  ['policy/', 'policy'],
  ['services/', 'services'],
  ['init/', 'init'],
  ['host/', 'host'],
  ['image/', 'image'],
  ['test/', 'test'],
  ['vitest.config.ts', 'test'],
  ['bench/', 'bench'],
  ['setup/', 'setup'],
];

/**
 * What each layer may import besides itself. `host` runs on the developer's machine: of the VM it knows the
 * protocol and nothing else. `setup` may import nothing of TypeScript: it runs before anything is installed.
 */
const allowed: Readonly<Record<Layer, readonly Layer[]>> = {
  policy: [],
  protocol: ['policy'],
  kernel: ['policy'],
  services: ['policy', 'protocol', 'kernel'],
  init: ['policy', 'protocol', 'kernel', 'services'],
  host: ['policy', 'protocol'],
  image: ['policy', 'protocol'],
  test: ['policy', 'protocol', 'kernel', 'services', 'init', 'host', 'image', 'bench', 'setup'],
  bench: ['policy', 'protocol', 'host', 'image'],
  setup: ['host'],
};

export function layerOf(path: string): Layer | undefined {
  return folders.find(([folder]) => path.startsWith(folder))?.[1];
}

/** @returns whether `from` may import `to`; both paths below the project */
export function mayImport(from: string, to: string): boolean {
  const [user, used] = [layerOf(from), layerOf(to)];
  if (user === undefined || used === undefined) return user === used;
  return user === used || allowed[user].includes(used);
}
