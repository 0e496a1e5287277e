import { expect, test } from 'vitest';
import { isScript, projectFiles, read } from './sources.ts';

// esbuild keeps all of zod, its words in fifty languages among them, where `z` is imported by name: 6 MiB of a process.
test('zod is imported as a namespace, so that bundles have only what they use of it', () => {
  const whole = projectFiles().filter(
    (path) => isScript(path) && /import \{[^}]*\bz\b[^}]*\} from 'zod'/.test(read(path)),
  );
  expect(whole).toEqual([]);
});
