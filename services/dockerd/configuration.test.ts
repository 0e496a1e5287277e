import { expect, test } from 'vitest';
import { insecurities, renderDaemonConfiguration } from './configuration.ts';

const ours = renderDaemonConfiguration('/p', true);

test('what is rendered is safe', () => {
  expect(insecurities(ours)).toEqual([]);
  expect(insecurities(renderDaemonConfiguration('/p', false))).toEqual([]);
});

test.each([
  ['plain TCP', { hosts: ['tcp://0.0.0.0:2375'] }, 'tcp://0.0.0.0:2375'],
  ['another socket', { hosts: ['unix:///var/run/docker.sock'] }, 'unix:///var/run/docker.sock'],
  ['a descriptor', { hosts: ['fd://'] }, 'fd://'],
  ['no TLS', { tls: false }, 'tls and tlsverify'],
  ['no client certificates', { tlsverify: false }, 'tls and tlsverify'],
  ['another authority', { tlscacert: '/var/lib/docker/ca.pem' }, 'tlscacert'],
  ['a metrics listener', { 'metrics-addr': '0.0.0.0:9323' }, 'metrics-addr'],
])('insecurities() finds %s', (_, change, words) => {
  expect(insecurities({ ...ours, ...change }).join()).toContain(words);
});
