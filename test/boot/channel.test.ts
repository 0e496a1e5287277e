import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { encodeFrame, encodeJsonFrame, MAX_FRAME_BYTES } from '../../services/channel/protocol/frame.ts';
import { PROTOCOL_VERSION } from '../../services/channel/protocol/methods.ts';
import { mutate, mutateJson, Random } from '../fuzz/random.ts';
import { deadline } from '../harness/deadline.ts';
import { askStatus } from '../harness/guest.ts';
import { share } from '../harness/share.ts';

/** Row 74 of the attempts, against a VM that runs. */
const vm = share('shared');

const hello = {
  jsonrpc: '2.0',
  id: 'fuzz:0',
  method: 'hello',
  params: { protocol: PROTOCOL_VERSION, client: 'fuzz' },
};
// none that is asked for what it does: a host may stop the VM
const asked = [
  'status',
  'certificate.request',
  'certificate.install',
  'logs',
  'exec',
  'settings',
  '__proto__',
  '',
];

/** Frames that are nearly right, spliced, overlong, too deep, or none at all. */
function strangeFrames(random: Random): Buffer {
  const example = random.chance(0.3)
    ? hello
    : { jsonrpc: '2.0', id: `fuzz:${random.below(20)}`, method: random.pick(asked), params: {} };
  switch (random.below(12)) {
    case 0:
      return Buffer.from(Array.from({ length: random.below(400) }, () => random.below(256)));
    case 1:
      return encodeJsonFrame(`${'['.repeat(20_000)}${']'.repeat(20_000)}`);
    case 2:
      return random.chance(0.1) ? Buffer.alloc(MAX_FRAME_BYTES + 10, 0x7b) : Buffer.from('\n\n\n');
    case 3:
    case 4:
    case 5:
      return mutate(encodeFrame(example), random);
    case 6:
      return encodeFrame(example);
    default:
      return encodeFrame(mutateJson(example, random));
  }
}

/** What of the VM must be the same afterwards. */
async function standing() {
  const { bootId, state, phases, services, signing } = await askStatus(vm, deadline(1));
  return { bootId, state, phases, signing, services: services.map(({ since: _, ...service }) => service) };
}

test('a thousand frames that no launcher sends: the channel goes on, and nothing in the VM has changed', async () => {
  const before = await standing(); // the control: what is well-formed is answered
  const random = new Random(74);
  const socket = connect(vm.paths.control);
  await once(socket, 'connect');
  let answers = 0;
  socket.on('data', (chunk: Buffer) => {
    answers += chunk.toString('latin1').split('\n').length - 1;
  });
  for (let sent = 0; sent < 1000; sent += 1) {
    const frames = sent % 100 === 0 ? encodeFrame(hello) : strangeFrames(random);
    if (!socket.write(frames)) await once(socket, 'drain');
  }
  await expect.poll(() => answers, { timeout: deadline(1) }).toBeGreaterThan(100); // it was read, and answered
  socket.destroy();
  expect(await standing()).toEqual(before);
  await expect((await vm.engine()).ping()).resolves.toBeUndefined();
});
