import { expect, test } from 'vitest';
import { type CommandList, isCommandName, permits } from './commands.ts';

const deny = (...commands: string[]): CommandList => ({ type: 'deny', commands });
const allow = (...commands: string[]): CommandList => ({ type: 'allow', commands });
const push = 'POST /images/{name:.*}/push';
const create = 'POST /containers/create';
const start = 'POST /containers/{name:.*}/start';
const list = 'GET /containers/json';

test.each<[CommandList, string, boolean]>([
  [deny(), push, true],
  [deny('push'), push, false],
  [deny('push'), create, true],
  [deny('image*'), push, false],
  [deny('images*'), push, false],
  [deny('images'), push, true], // docker images
  [deny('images'), 'GET /images/json', false],
  [deny('run'), create, false],
  [deny('run'), start, true],
  [deny('build'), 'POST /session', false],
  [deny('build'), 'POST /grpc', false],
  [deny('system*'), 'GET /_ping', true],
  [deny('system*'), 'GET /info', false],
  [allow(), list, false],
  [allow(), 'HEAD /_ping', true],
  [allow(), 'GET /version', true],
  [allow('ps'), list, true],
  [allow('ps'), create, false],
  [allow('run'), create, true],
  [allow('run'), start, true],
  [allow('run'), push, false],
  [allow('container*'), 'POST /commit', true],
  [allow('containers'), list, true],
  [allow('volume*'), 'DELETE /volumes/{name:.*}', true],
  [allow('constructor'), list, false],
])('%j %s', (commands, row, wanted) => expect(permits(commands, [row])).toBe(wanted));

test('a request that fits several rows needs all of them', () => {
  expect(permits(deny('push'), [list, push])).toBe(false);
  expect(permits(allow('ps'), [list, push])).toBe(false);
});

test.each([
  ['push', true],
  ['network*', true],
  ['networks', true],
  ['pusj', false],
  ['*', false],
  ['constructor', false],
  ['', false],
])('%j is a command: %j', (name, wanted) => expect(isCommandName(name)).toBe(wanted));
