import { request } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import type { MetricFamily } from '../../services/channel/protocol/methods.ts';
import { HostError } from '../errors.ts';
import { serveMetrics } from './endpoint.ts';
import { renderMetrics } from './exposition.ts';

const families: MetricFamily[] = [
  { name: 'bulkhead_up', type: 'gauge', help: 'a\\b\nc', samples: [{ labels: {}, value: 1.5 }] },
  {
    ...{ name: 'bulkhead_restarts_total', type: 'counter', help: 'h' },
    samples: [{ labels: { service: 'a"\\\n', kind: 'x' }, value: 0 }],
  },
];

test('renderMetrics() writes the text format, with what a guest says escaped', () => {
  expect(renderMetrics(families)).toBe(
    [
      '# HELP bulkhead_up a\\\\b\\nc',
      '# TYPE bulkhead_up gauge',
      'bulkhead_up 1.5',
      '# HELP bulkhead_restarts_total h',
      '# TYPE bulkhead_restarts_total counter',
      'bulkhead_restarts_total{service="a\\"\\\\\\n",kind="x"} 0',
      '',
    ].join('\n'),
  );
});

async function endpoint(collect: () => Promise<string>) {
  const { server, port } = await serveMetrics(0, collect);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const ask = (path = '/metrics', host = `127.0.0.1:${port}`, method = 'GET') =>
    new Promise<{ status: number; body: string; type: string }>((resolve, reject) => {
      request({ host: '127.0.0.1', port, path, method, headers: { host } }, (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => {
          body += chunk.toString();
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body, type: response.headers['content-type'] ?? '' }),
        );
      })
        .on('error', reject)
        .end();
    });
  return { port, address: server.address(), ask };
}

test('the endpoint answers scrapes, one after the other, on the loopback alone', async () => {
  let under = 0;
  let most = 0;
  const { address, ask } = await endpoint(async () => {
    under += 1;
    most = Math.max(most, under);
    await new Promise((resolve) => setTimeout(resolve, 20));
    under -= 1;
    return 'bulkhead_up 1\n';
  });
  expect(address).toMatchObject({ address: '127.0.0.1' });
  const answers = await Promise.all([ask(), ask(), ask()]);
  for (const answer of answers)
    expect(answer).toEqual({
      status: 200,
      body: 'bulkhead_up 1\n',
      type: 'text/plain; version=0.0.4; charset=utf-8',
    });
  expect(most).toBe(1);
});

test('a web page cannot read it by a name of its own; nothing else is served', async () => {
  const { ask } = await endpoint(async () => 'secret');
  expect(await ask('/metrics', 'evil.example')).toMatchObject({ status: 403 });
  expect(await ask('/metrics', 'localhost')).toMatchObject({ status: 200 }); // the control
  expect(await ask('/')).toMatchObject({ status: 404 });
  expect(await ask('/metrics', undefined, 'POST')).toMatchObject({ status: 405 });
});

test('a VM that does not run is an answer, and the next scrape may succeed', async () => {
  let runs = false;
  const { ask, port } = await endpoint(async () => {
    if (!runs) throw new HostError('not-running', 'the VM bulkhead is not running');
    return 'ok\n';
  });
  expect(await ask()).toMatchObject({ status: 503, body: 'the VM bulkhead is not running\n' });
  runs = true;
  expect(await ask()).toMatchObject({ status: 200 });
  await expect(serveMetrics(port, async () => '')).rejects.toMatchObject({ code: 'port-taken' });
});
