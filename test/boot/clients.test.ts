import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, type Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { helloImage } from '../../image/hello/busybox-image.ts';
import { tar } from '../../image/outputs/tar.ts';
import { deadline } from '../harness/deadline.ts';
import { Prober } from '../harness/probes.ts';
import { share } from '../harness/share.ts';
import { testcontainers } from '../harness/testcontainers.ts';
import { IMAGE } from '../harness/vm.ts';

/** Libraries that programs use instead of the docker command, from this machine and over mutual TLS, unchanged. */
const vm = share('shared');
const mine = { 'bulkhead-test': 'clients' };
let docker: Docker;
let Image: string;

beforeAll(async () => {
  const [ca, cert, key] = ['ca.pem', 'cert.pem', 'key.pem'].map((name) =>
    readFileSync(join(vm.paths.authority, name)),
  );
  docker = new Docker({ protocol: 'https', host: '127.0.0.1', port: await vm.port(), ca, cert, key });
  Image = (await Prober.open(await vm.engine())).image;
});
afterAll(async () => {
  const filters = { label: ['bulkhead-test=clients'] };
  for (const { Id } of await docker.listContainers({ all: true, filters }))
    await docker.getContainer(Id).remove({ force: true, v: true });
});

/** A container that only waits. */
async function waiting(): Promise<Docker.Container> {
  const HostConfig = { Init: true };
  const container = await docker.createContainer({
    Image,
    HostConfig,
    Labels: mine,
    Cmd: ['sleep', '100000'],
  });
  await container.start();
  return container;
}

/** Standard output and error of a stream that has both in it. */
async function apart(stream: NodeJS.ReadableStream): Promise<[out: string, err: string]> {
  const [out, err] = [new PassThrough(), new PassThrough()];
  docker.modem.demuxStream(stream, out, err);
  stream.on('end', () => [out, err].forEach((each) => void each.end()));
  return Promise.all([text(out), text(err)]);
}

/** What a terminal shows, until it has shown `wanted`. */
async function shows(terminal: NodeJS.ReadWriteStream, wanted: RegExp): Promise<string> {
  let seen = '';
  const late = setTimeout(
    () => (terminal as unknown as Readable).destroy(new Error(`only: ${seen}`)),
    deadline(1),
  );
  try {
    for await (const chunk of (terminal as unknown as Readable).iterator({ destroyOnReturn: false })) {
      seen += String(chunk);
      if (wanted.test(seen)) return seen;
    }
    throw new Error(`ended after: ${seen}`);
  } finally {
    clearTimeout(late);
  }
}

describe('dockerode', () => {
  test('starts a container, hears its events, follows its log to the end, and stops it', async () => {
    const Cmd = ['sh', '-c', 'trap "echo asked; exit 7" TERM; echo begun; while :; do sleep 1; done'];
    const container = await docker.createContainer({ Image, Labels: mine, Cmd });
    const events = (await docker.getEvents({
      filters: { container: [container.id], event: ['start', 'die'] },
    })) as Readable;
    onTestFinished(() => void events.on('error', () => undefined).destroy());
    await container.start();
    const log = apart(await container.logs({ follow: true, stdout: true, stderr: true }));
    const ended = container.wait();
    await expect
      .poll(async () => String(await container.logs({ stdout: true })), { timeout: deadline(1) })
      .toContain('begun');
    await container.stop({ t: 60 });
    expect(await ended).toMatchObject({ StatusCode: 7 });
    expect(await log).toEqual(['begun\nasked\n', '']);
    const actions: string[] = [];
    for await (const chunk of events) {
      for (const line of String(chunk).trim().split('\n')) actions.push(JSON.parse(line).Action);
      if (actions.length === 2) break;
    }
    expect(actions).toEqual(['start', 'die']);
  });

  test('is attached to a terminal, types, and changes its size', async () => {
    const container = await docker.createContainer({
      ...{ Image, Labels: mine, Tty: true, OpenStdin: true, StdinOnce: true },
      Cmd: ['sh', '-c', 'while read -r line; do stty size; done; echo "end of input"'],
    });
    const terminal = await container.attach({ stream: true, hijack: true, stdin: true, stdout: true });
    await container.start();
    await container.resize({ h: 41, w: 123 });
    terminal.write('x\r');
    await shows(terminal, /^41 123\r$/m);
    await container.resize({ h: 17, w: 99 });
    terminal.write('x\r');
    await shows(terminal, /^17 99\r$/m);
    terminal.write('\x04'); // as the key for the end of input
    await shows(terminal, /end of input/);
    expect((await container.wait()).StatusCode).toBe(0);
  });

  test('executes in a container: input, both outputs and exit code, and a terminal with its size', async () => {
    const container = await waiting();
    const plain = await container.exec({
      ...{ AttachStdin: true, AttachStdout: true, AttachStderr: true },
      Cmd: ['sh', '-c', 'wc -c; echo wrong >&2; exit 3'],
    });
    const stream = await plain.start({ hijack: true, stdin: true });
    stream.end(Buffer.alloc(300_000));
    expect(await apart(stream)).toEqual(['300000\n', 'wrong\n']);
    expect(await plain.inspect()).toMatchObject({ Running: false, ExitCode: 3 });
    const tty = await container.exec({
      ...{ AttachStdin: true, AttachStdout: true, Tty: true },
      Cmd: ['sh', '-c', 'read -r line; stty size'],
    });
    const terminal = await tty.start({ hijack: true, stdin: true, Tty: true });
    await tty.resize({ h: 23, w: 77 });
    terminal.write('x\r');
    await shows(terminal, /^23 77\r$/m);
  });

  test('copies files into a container and out of it, while it runs and when it does not', async () => {
    const container = await waiting();
    const file = (name: string, content: string) =>
      tar([{ path: name, mode: 0o640, content: { kind: 'file', data: Buffer.from(content) } }]);
    await container.putArchive(file('running', 'into what runs'), { path: '/tmp' });
    const exec = await container.exec({
      Cmd: ['stat', '-c', '%u:%g %a', '/tmp/running'],
      AttachStdout: true,
    });
    expect((await apart(await exec.start({ hijack: true })))[0]).toBe('0:0 640\n');
    await container.stop({ t: 0 });
    await container.putArchive(file('stopped', 'into what is stopped'), { path: '/tmp' });
    for (const [name, content] of [
      ['running', 'into what runs'],
      ['stopped', 'into what is stopped'],
    ] as const) {
      const archive = await buffer(await container.getArchive({ path: `/tmp/${name}` }));
      expect(archive.toString('latin1')).toContain(content);
      expect(archive.subarray(0, name.length).toString('latin1')).toBe(name);
    }
  });

  test('loads an image, and gets it back', async () => {
    const answer = await docker.loadImage(join(IMAGE, 'hello.tar'));
    expect(await text(answer as Readable)).toContain(`Loaded image: ${helloImage.reference}`);
    const saved = await buffer((await docker.getImage(helloImage.reference).get()) as Readable);
    expect(saved.includes(helloImage.reference)).toBe(true);
  });

  test('hears why not', async () => {
    const refused = (HostConfig: Docker.HostConfig) =>
      docker.createContainer({ Image, Labels: mine, HostConfig }).then(
        () => undefined,
        (error: { statusCode: number; message: string }) => error,
      );
    expect(await refused({ PidMode: 'host' })).toMatchObject({
      statusCode: 403,
      message: expect.stringContaining("can't share namespaces [pid] with the host"),
    });
    expect(await refused({ Binds: ['/etc:/x'] })).toMatchObject({
      statusCode: 403,
      message: expect.stringContaining("can't mount /etc because it's configured as a restricted host mount"),
    });
    await expect(docker.swarmLeave({ force: true })).rejects.toMatchObject({ statusCode: 503 }); // an administrator's
  });
});

test('testcontainers says why its reaper does not start, where nobody lists it', async () => {
  const { session, kill } = await testcontainers(vm, { image: helloImage.reference, ryuk: Image });
  onTestFinished(kill);
  expect(session).toEqual({
    refused: expect.stringContaining(
      'enhanced container isolation: docker socket mount denied for container with image ' +
        '"docker.io/bulkhead-test/tools"; image is not in the allowed list',
    ),
  });
});
