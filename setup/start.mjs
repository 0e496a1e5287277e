// npm start: from a fresh clone to a container that ran in the VM.
import { parseArgs } from 'node:util';
import { findCommand, outsideNode, run } from './command.mjs';
import { leaveWith, SetupFailure } from './failure.mjs';
import { modulesAreInstalled } from './modules.mjs';
import { buildImage, prepareMachine, step } from './prepare.mjs';

const HELLO = { tar: 'dist/hello.tar', reference: 'bulkhead/hello' };
const BULKHEAD = 'host/bulkhead.mjs';

const NEXT = `
The VM runs in the background. What next:
  docker --context bulkhead run --rm ${HELLO.reference}   any docker command; without docker: npx bulkhead help
  npx bulkhead status                                every link from here to the engine
  npx bulkhead down                                  stops it; disk and images stay
`;

const { values } = parseArgs({ options: { 'no-install': { type: 'boolean', default: false } } });
await leaveWith(() => start(!values['no-install']));

/** @param {boolean} install */
async function start(install) {
  if (install && modulesAreInstalled() && (await isUp())) {
    process.stdout.write('The VM is already up.\n');
    process.stdout.write(NEXT);
    return 0;
  }
  await prepareMachine(['build', 'modules', 'run'], { install });
  if (!install) {
    process.stdout.write('All is there.\n');
    return 0;
  }
  await buildImage();
  step('Starting the VM');
  await must(outsideNode(), [BULKHEAD, 'up']);
  step(`Running a container of ${HELLO.reference} in it`);
  await runHello();
  process.stdout.write(NEXT);
  return 0;
}

async function isUp() {
  const { output } = await run(outsideNode(), [BULKHEAD, 'status', '--json'], { capture: true });
  const status = output.trim() === '' ? {} : JSON.parse(output);
  return status.ok === true;
}

async function runHello() {
  if (findCommand('docker') === undefined) {
    process.stdout.write('(no docker command here: through the client library)\n');
    await must(outsideNode(), ['setup/hello.mjs', HELLO.tar, HELLO.reference]);
    return;
  }
  await must(outsideNode(), [BULKHEAD, 'docker', 'load', '--quiet', '--input', HELLO.tar]);
  await must(outsideNode(), [BULKHEAD, 'docker', 'run', '--rm', HELLO.reference]);
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 */
async function must(command, args) {
  const { code } = await run(command, args);
  if (code !== 0)
    throw new SetupFailure(
      `That did not work (exit code ${code}).`,
      'see what it says above; then `npm start` again',
    );
}
