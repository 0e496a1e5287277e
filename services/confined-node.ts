/**
 * Node's command line for a service that parses what strangers say: sockets, the files named here, nothing else (Node's
 * permission model), and none of the ways in which text becomes code, no compiler among them.
 * @param bundle what it runs
 */
export function confinedNode(
  bundle: string,
  args: readonly string[],
  files: { read?: readonly string[]; write?: readonly string[] } = {},
): string[] {
  const { read = [], write = [] } = files;
  return [
    '--permission',
    '--allow-net',
    ...[bundle, ...read].map((path) => `--allow-fs-read=${path}`),
    ...write.map((path) => `--allow-fs-write=${path}`),
    '--no-warnings',
    '--disable-proto=throw',
    '--disallow-code-generation-from-strings',
    '--v8-pool-size=0',
    '--jitless', // it makes no machine code, and could not: `executes: false`
    '--optimize-for-size',
    '--expose-gc', // services/return-memory.ts
    '--disable-sigusr1', // it would open a debugger's port
    bundle,
    ...args,
  ];
}
