// Loads an image and runs a container where there is no docker command: hello.mjs TAR REFERENCE
import { register } from 'tsx/esm/api';

register();
const { connectEngine } = await import('../host/engine/connect.ts');
const { runContainer } = await import('../host/engine/run.ts');
const { asHostError } = await import('../host/errors.ts');
const { machinePaths } = await import('../host/machine/paths.ts');
const { DEFAULT_NAME } = await import('../host/machine/name.ts');
const { reportError } = await import('../host/cli/report.ts');

const [tar = '', reference = ''] = process.argv.slice(2);
try {
  const engine = await connectEngine(machinePaths(DEFAULT_NAME));
  await engine.loadImage(tar);
  const { stdout, stderr, exitCode } = await runContainer(engine, { Image: reference });
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  process.exitCode = exitCode;
} catch (error) {
  reportError(asHostError(error), false);
  process.exitCode = 1;
}
