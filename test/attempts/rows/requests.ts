import type { Outcome } from '../attempt.ts';

/** A request that docker does not write, byte by byte, to make a container with the VM's processes. */
export interface RawRequest extends Outcome {
  title: string;
  text: string;
}

const create = '/v1.45/containers/create';
const json = 'Content-Type: application/json';
const length = (content: string) => `Content-Length: ${content.length}`;
const chunked = (body: string) => `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
const post = (path: string, headers: string[], content: string) =>
  `POST ${path} HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n${headers.map((line) => `${line}\r\n`).join('')}\r\n${content}`;

const namespaces = /403 .*can't share namespaces \[pid\]/s;
const lost = /403 .*the body did not get/s;
const large = /403 .*the body cannot be read: it has \d+ bytes, more than/s;
const made = /^HTTP\/1\.1 201/;
/** What the engine itself does not take, whoever asks. */
const engine: Outcome['stock'] = { untried: 'the engine itself refuses it, in its own words' };

/** @param image that the engine has */
export function rawRequests(image: string): RawRequest[] {
  const body = (more = '') =>
    `{"Image":"${image}","Labels":{"attempt":"api"${more}},"Cmd":["true"],"HostConfig":{"PidMode":"host"}}`;
  const big = body(`,"x":"${'x'.repeat(1_100_000)}"`);
  const row = (title: string, text: string, here: RegExp, stock: Outcome['stock']): RawRequest => ({
    title,
    text,
    here,
    stock,
  });
  return [
    // what it is compared with: the attempt as a client makes it
    row('as it should be', post(create, [json, length(body())], body()), namespaces, made),
    row('chunked', post(create, [json, 'Transfer-Encoding: chunked'], chunked(body())), namespaces, made),
    row(
      'CVE-2024-41110: no length, then a body',
      post(create, [json, 'Content-Length: 0'], body()),
      lost,
      engine,
    ),
    row('CVE-2026-34040: more than 1 MiB', post(create, [json, length(big)], big), large, made),
    row('the same in chunks', post(create, [json, 'Transfer-Encoding: chunked'], chunked(big)), large, made),
    row('another type', post(create, ['Content-Type: text/plain', length(body())], body()), lost, engine),
    row('two types', post(create, ['Content-Type: text/plain', json, length(body())], body()), lost, engine),
    row('no type', post(create, [length(body())], body()), lost, engine),
    row(
      'a parameter in the type',
      post(create, [`${json}; charset=utf-8; charset=x`, length(body())], body()),
      lost,
      engine,
    ),
    row(
      'a member in another case',
      post(create, [json, length(body())], body().replace('PidMode', 'pIDMODE')),
      namespaces,
      made,
    ),
    row(
      'an empty part',
      post('//containers/create', [json, length(body())], body()),
      /^HTTP\/1\.1 (301|403|404)/,
      engine,
    ),
    row(
      'upwards',
      post('/v1.45/x/../containers/create', [json, length(body())], body()),
      /^HTTP\/1\.1 (301|403|404)/,
      engine,
    ),
    row(
      'upwards, encoded',
      post('/v1.45/x/%2e%2e/containers/create', [json, length(body())], body()),
      /^HTTP\/1\.1 (301|403|404)/,
      engine,
    ),
    row('an encoded slash', post('/containers%2Fcreate', [json, length(body())], body()), namespaces, made),
    row(
      'a version that is none',
      post('/v99.9/containers/create', [json, length(body())], body()),
      namespaces,
      engine,
    ),
    row(
      'another case',
      post('/Containers/create', [json, length(body())], body()),
      /^HTTP\/1\.1 404/,
      engine,
    ),
    row(
      'a slash at the end',
      post('/containers/create/', [json, length(body())], body()),
      /^HTTP\/1\.1 404/,
      engine,
    ),
    row(
      'a whole address',
      post('http://docker/containers/create', [json, length(body())], body()),
      /403 .*is no path/s,
      made,
    ),
    row(
      'another method',
      `OPTIONS ${create} HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n`,
      /403 .*is not offered/s,
      engine,
    ),
    row(
      'diagnostics',
      'GET /debug/pprof/cmdline HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n',
      /403 .*is not offered/s,
      engine,
    ),
  ];
}
