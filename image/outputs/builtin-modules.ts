import type { Plugin } from 'esbuild';
import { run } from '../run.ts';

const TAKEN = 'builtin-module';
const REQUIRED = 'required-builtin-module';

/** Prints the names that each of Node's modules exports, by `node:` and its name; reads none of what they name. */
const LIST = `
  const names = (path) => Object.keys(process.getBuiltinModule(path)).filter((name) => /^[\\w$]+$/.test(name) && name !== 'default');
  const modules = require('node:module').builtinModules.map((name) => 'node:' + name.replace(/^node:/, ''));
  console.log(JSON.stringify(Object.fromEntries(modules.map((path) => [path, names(path)]))));
`;

/**
 * Takes Node's own modules as they are, instead of importing them, and of each the names that are used. An import reads
 * all that a module exports, also what Node loads only when it is first read: of `node:http` that is `WebSocket`, and with
 * it undici (60 ms and 7 MiB natively, in each process); of `node:fs`, `promises`.
 * @param node that will run the bundle
 */
export async function builtinModules(node: string): Promise<Plugin> {
  const options = ['--no-warnings', '--experimental-ffi', '--eval', LIST];
  const names = JSON.parse((await run(node, options)).toString('utf8')) as Record<string, string[]>;
  const taken = (path: string) => `process.getBuiltinModule(${JSON.stringify(path)})`;
  return {
    name: TAKEN,
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^[\w/:]+$/ }, ({ path, kind }) => {
        const whole = `node:${path.replace(/^node:/, '')}`;
        if (!(whole in names)) return undefined;
        return { path: whole, namespace: kind === 'require-call' ? REQUIRED : TAKEN };
      });
      onLoad({ filter: /^/, namespace: REQUIRED }, ({ path }) => ({
        contents: `module.exports = ${taken(path)};`,
        loader: 'js',
      }));
      onLoad({ filter: /^/, namespace: TAKEN }, ({ path }) => ({
        contents: [
          `const whole = ${taken(path)}, pick = (name) => whole[name];`,
          'export default whole;',
          // pure: what nobody uses is left out
          ...(names[path] ?? []).map(
            (name) =>
              `const pick_${name} = /* @__PURE__ */ pick('${name}'); export { pick_${name} as ${name} };`,
          ),
        ].join('\n'),
        loader: 'js',
      }));
    },
  };
}
