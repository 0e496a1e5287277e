import { describe, expect, test } from 'vitest';
import { rowsOfCommands } from '../../policy/docker-socket/commands.ts';
import { endpoints, endpointsFor } from './endpoints.ts';
import { engineRoutes } from './fixtures-engine-routes.ts';
import { readTarget } from './target.ts';

const rows = endpoints.map(({ method, path }) => `${method} ${path}`);

test('the table has every route of the engine, each once, and no other', () => {
  expect([...rows].sort()).toEqual([...new Set(engineRoutes)].sort());
});

test("what docker's commands ask for is in the table", () => {
  expect(rowsOfCommands.filter((row) => !rows.includes(row))).toEqual([]);
});

/** A path that the route takes. */
const sample = (path: string): string =>
  path.replace(/\{anyroute[^}]*\}/, 'x').replace(/\{[^}]*\}/g, 'some-name');

describe('each endpoint is found by its address', () => {
  test.each(engineRoutes)('%s', (route) => {
    const [method = '', path = ''] = route.split(' ');
    for (const prefix of ['', '/v1.45']) {
      const found = endpointsFor(method === '*' ? 'GET' : method, readTarget(prefix + sample(path)).path);
      expect(found.map((row) => `${row.method} ${row.path}`)).toContain(route);
    }
  });
});

/** Verdict of the table alone, for an administrator. */
const reach = (method: string, uri: string): string => {
  let path: string;
  try {
    path = readTarget(uri).path;
  } catch (error) {
    return (error as Error).message.split(':')[0] ?? '';
  }
  const found = endpointsFor(method, path);
  return found.length === 0 ? 'unknown' : found.map((row) => row.path).join(' ');
};

const create = '/containers/create';

test.each([
  ['POST', '/containers/create', create],
  ['POST', '/v1.45/containers/create', create],
  ['POST', '/v1.45/containers/create?name=x', create],
  ['POST', '/v99.99/containers/create', create],
  ['POST', '/v1/containers/create', create],
  ['POST', '/v...../containers/create', create],
  ['POST', '/containers%2Fcreate', create],
  ['POST', '/%63ontainers/create', create],
  ['POST', '/v1%2e45/containers/create', create],
  ['POST', '/v1.45/containers/create/', 'unknown'],
  ['POST', '/V1.45/containers/create', 'unknown'],
  ['POST', '/vv/containers/create', 'unknown'],
  ['POST', '/v1.45/v1.45/containers/create', 'unknown'],
  ['POST', '/Containers/create', 'unknown'],
  ['POST', '/containers/create%00', "the request's address has control characters"],
  ['POST', '//containers/create', "the request's address has an empty part"],
  ['POST', '/v1.45//containers/create', "the request's address has an empty part"],
  ['POST', '/v1.45/../containers/create', "the request's address goes upwards"],
  ['POST', '/containers/x/%2e%2e/create', "the request's address goes upwards"],
  ['POST', '/containers/./create', "the request's address goes upwards"],
  ['POST', '/containers/%c3%28/start', "the request's address is badly encoded"],
  ['POST', '/containers/%zz/start', "the request's address is badly encoded"],
  ['POST', 'http://docker/containers/create', "the request's address is no path"],
  ['POST', '*', "the request's address is no path"],
  ['POST', `/containers/${'x'.repeat(20_000)}/start`, "the request's address is too long"],
  ['GET', '/containers/json?a;b', "the request's address has a semicolon"],
  ['get', '/containers/json', 'unknown'],
  ['PATCH', '/containers/json', 'unknown'],
  ['GET', '/', 'unknown'],
  ['GET', '/metrics', 'unknown'],
  ['GET', '/images/docker.io/library/alpine:3/json', '/images/{name:.*}/json'],
  ['GET', '/images/docker.io%2Flibrary%2Falpine/json', '/images/{name:.*}/json'],
  ['TRACE', '/debug/vars', '/debug/vars'],
  // both count, so that the stricter one decides, whichever dockerd takes
  [
    'DELETE',
    '/containers/a/checkpoints/b',
    '/containers/{name:.*} /containers/{name}/checkpoints/{checkpoint}',
  ],
  ['POST', '/networks/create/connect', '/networks/{id:.*}/connect'],
])('%s %s leads to %s', (method, uri, wanted) => {
  expect(reach(method, uri)).toBe(wanted);
});
