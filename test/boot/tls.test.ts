import { mkdtempSync, rmSync } from 'node:fs';
import { connect as connectPlain } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionOptions, connect } from 'node:tls';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { openAuthority } from '../../host/certificates/authority.ts';
import { engineEndpoint } from '../../host/engine/connect.ts';
import type { Endpoint } from '../../host/engine/transport.ts';
import { share } from '../harness/share.ts';

const vm = share('shared');
const REQUEST = 'GET /version HTTP/1.0\r\nHost: docker\r\n\r\n';
const PATIENCE = 60_000;
let port: number;
let endpoint: Endpoint;

beforeAll(async () => {
  port = await vm.port();
  endpoint = await engineEndpoint(vm.paths, port);
});

/** All that the engine answers to a request over TLS, or the error's code. */
function askOverTls(options: ConnectionOptions): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: true, ...options });
    socket.setTimeout(PATIENCE, () => socket.destroy(new Error('no answer')));
    socket.on('secureConnect', () => socket.write(REQUEST));
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1');
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.on('close', () => resolve(answer));
  });
}

test('control: with the client certificate the engine answers', async () => {
  expect(await askOverTls({ ca: endpoint.ca, cert: endpoint.cert, key: endpoint.key })).toContain(
    '"ApiVersion"',
  );
});

test('without a client certificate there is no answer', async () => {
  expect(await askOverTls({ ca: endpoint.ca })).toMatch(/CERTIFICATE_REQUIRED|ECONNRESET|^$/);
});

test('a certificate of another authority is refused, whatever name it has', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bulkhead-foreign-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  // Made as this VM's own are, so that nothing but its authority can be wrong with it.
  const { client } = await openAuthority(join(folder, 'authority'), { name: vm.name });
  const answer = await askOverTls({ ca: endpoint.ca, cert: client.certificate, key: client.key });
  expect(answer).not.toContain('ApiVersion');
  expect(answer).toMatch(/BAD_CERTIFICATE|UNKNOWN_CA|CERTIFICATE_UNKNOWN|ECONNRESET|^$/);
});

test('TLS below 1.2 is refused', async () => {
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
  expect(await askOverTls({ ca: endpoint.ca, cert: endpoint.cert, key: endpoint.key, ...old })).not.toContain(
    'ApiVersion',
  );
});

test('plain HTTP gets no API', async () => {
  const answer = await new Promise<string>((resolve, reject) => {
    let text = '';
    const socket = connectPlain({ host: '127.0.0.1', port }, () => socket.write(REQUEST));
    socket.setTimeout(PATIENCE, () => socket.destroy(new Error('no answer')));
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
  });
  expect(answer).toContain('400 Bad Request');
  expect(answer).not.toContain('ApiVersion');
});
