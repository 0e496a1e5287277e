import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openAuthority } from '../certificates/authority.ts';
import { exportKey, generateKeys, SIGNING } from '../certificates/keys.ts';
import { Pkcs10CertificateRequestGenerator } from '../certificates/x509.ts';
import { EngineClient } from './client.ts';
import { runContainer } from './run.ts';
import type { Endpoint } from './transport.ts';

type Answer = { status?: number; body?: string | Buffer };

let folder: string;
let server: Server;
let endpoint: Endpoint;
let asked: string[] = [];
let answers: Record<string, Answer> = {};

/** A server with a certificate that our CA issued from a request, as the guest's engine has. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bh-engine-'));
  const authority = await openAuthority(folder, { name: 'test' });
  const keys = await generateKeys();
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: 'CN=x',
    keys,
    signingAlgorithm: SIGNING,
  });
  const tls = {
    cert: await authority.issueServer(request.toString('pem')),
    key: await exportKey(keys.privateKey),
    ca: authority.certificate,
    requestCert: true,
    rejectUnauthorized: true,
  };
  server = createServer(tls, (incoming, outgoing) => {
    const key = `${incoming.method} ${incoming.url}`;
    asked.push(key);
    void drain(incoming).then(() => {
      const { status = 200, body = '' } = answers[key] ?? {
        status: 404,
        body: '{"message":"no such thing"}',
      };
      outgoing.writeHead(status).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  endpoint = {
    port,
    ca: authority.certificate,
    cert: authority.client.certificate,
    key: authority.client.key,
  };
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  asked = [];
  answers = {};
});

async function drain(incoming: IncomingMessage): Promise<void> {
  for await (const _ of incoming);
}

function frame(stream: number, text: string): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(stream, 0);
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

describe('EngineClient', () => {
  it('runs a container and removes it', async () => {
    answers = {
      'POST /containers/create': { status: 201, body: '{"Id":"c1","Warnings":[]}' },
      'POST /containers/c1/start': { status: 204 },
      'POST /containers/c1/wait?condition=not-running': { body: '{"StatusCode":3}' },
      'GET /containers/c1/logs?stdout=true&stderr=true': {
        body: Buffer.concat([frame(1, 'out '), frame(2, 'err'), frame(1, 'put')]),
      },
      'DELETE /containers/c1?force=true&v=true': { status: 204 },
    };
    const result = await runContainer(new EngineClient(endpoint), { Image: 'x' });
    expect(result).toEqual({ stdout: 'out put', stderr: 'err', exitCode: 3 });
    expect(asked.at(-1)).toBe('DELETE /containers/c1?force=true&v=true');
  });

  it("removes the container also when it does not start, and gives the engine's reason", async () => {
    answers = {
      'POST /containers/create': { status: 201, body: '{"Id":"c1"}' },
      'POST /containers/c1/start': { status: 500, body: '{"message":"runtime refused"}' },
      'DELETE /containers/c1?force=true&v=true': { status: 204 },
    };
    const run = runContainer(new EngineClient(endpoint), { Image: 'x' });
    await expect(run).rejects.toMatchObject({
      code: 'engine-refused',
      message: expect.stringContaining('runtime refused'),
    });
    expect(asked).toHaveLength(3);
  });

  it('loads an image and tells what was loaded', async () => {
    const tar = join(folder, 'x.tar');
    writeFileSync(tar, Buffer.alloc(300_000));
    answers = {
      'POST /images/load': {
        body: '{"stream":"Loaded image: a:b\\n"}\r\n{"stream":"Loaded image ID: sha256:1\\n"}\r\n',
      },
    };
    expect(await new EngineClient(endpoint).loadImage(tar)).toEqual(['a:b', 'sha256:1']);
    answers = { 'POST /images/load': { body: '{"error":"bad tar"}' } };
    await expect(new EngineClient(endpoint).loadImage(tar)).rejects.toThrow(/bad tar/);
  });

  it('refuses an answer of another shape', async () => {
    answers = { 'GET /version': { body: '{"Version":5}' } };
    await expect(new EngineClient(endpoint).version()).rejects.toMatchObject({ code: 'engine-malformed' });
  });

  it('trusts no other CA, and shows itself with its certificate', async () => {
    answers = { 'GET /_ping': { body: 'OK' } };
    await new EngineClient(endpoint).ping();
    const other = await openAuthority(join(folder, 'other'), { name: 'other' });
    const wrongServer = new EngineClient({ ...endpoint, ca: other.certificate });
    await expect(wrongServer.ping()).rejects.toMatchObject({ code: 'engine-unreachable' });
    const wrongClient = new EngineClient({
      ...endpoint,
      cert: other.client.certificate,
      key: other.client.key,
    });
    await expect(wrongClient.ping()).rejects.toMatchObject({ code: 'engine-unreachable' });
  });

  it('says that nothing listens', async () => {
    await expect(new EngineClient({ ...endpoint, port: 1 }).ping()).rejects.toMatchObject({
      code: 'engine-unreachable',
    });
  });
});
