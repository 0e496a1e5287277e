import type { Plugin } from 'esbuild';

const NAMESPACE = 'builtin-module';

/**
 * Takes Node's own modules as they are, instead of importing them. An import reads all that a module exports, also what
 * Node loads only when it is first read: of `node:http` that is `WebSocket`, and with it undici (60 ms and 7 MiB natively, in
 * each process); of `node:fs`, `promises`.
 */
export const builtinModules: Plugin = {
  name: NAMESPACE,
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: NAMESPACE }));
    onLoad({ filter: /^/, namespace: NAMESPACE }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
      loader: 'js',
    }));
  },
};
