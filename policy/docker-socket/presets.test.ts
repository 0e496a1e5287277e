import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseSettings } from '../settings/parse.ts';
import { isCommandName, permits } from './commands.ts';
import { parseImagePattern } from './images.ts';
import { mergeSocketMounts, presetNames, presets, presetsReference, socketMountOf } from './presets.ts';

describe.each(presetNames)('%s', (name) => {
  const { images, commandList } = presets[name];

  test('names what is there, and is taken as settings', () => {
    expect(images.filter((image) => parseImagePattern(image) === undefined)).toEqual([]);
    expect(commandList.commands.filter((command) => !isCommandName(command))).toEqual([]);
    const document = {
      organization: 'acme',
      serial: 1,
      enhancedContainerIsolation: {
        locked: true,
        value: true,
        dockerSocketMount: socketMountOf(presets[name]),
      },
    };
    expect(parseSettings(Buffer.from(JSON.stringify(document)), 'admin').warnings).toEqual([]);
  });

  test('opens neither all images nor pushes, plugins or a swarm', () => {
    expect(images).not.toContain('*');
    for (const row of [
      'POST /images/{name:.*}/push',
      'POST /auth',
      'POST /plugins/pull',
      'POST /services/create',
    ])
      expect(permits(commandList, [row]), row).toBe(false);
  });
});

const CREATE = 'POST /containers/create';
test.each([
  ['testcontainers', 'DELETE /containers/{name:.*}', true],
  ['testcontainers', 'POST /images/prune', true],
  ['testcontainers', CREATE, false],
  ['localstack', CREATE, true],
  ['localstack', 'PUT /containers/{name:.*}/archive', true],
  ['localstack', 'POST /build', false],
  ['paketo', 'POST /images/load', true],
  ['paketo', CREATE, false],
  ['act', CREATE, true],
  ['act', 'POST /build', true],
  ['devcontainers', 'POST /containers/{name:.*}/exec', true],
  ['portainer', 'GET /containers/json', true],
  ['portainer', 'GET /networks', true],
  ['portainer', 'POST /containers/{name:.*}/stop', false],
  ['portainer', 'POST /containers/{name:.*}/exec', false],
  ['portainer', 'DELETE /volumes/{name:.*}', false],
] as const)('%s: %s %s', (name, row, wanted) =>
  expect(permits(presets[name].commandList, [row])).toBe(wanted),
);

test('two are merged to what either lets through', () => {
  const of = (name: keyof typeof presets) => socketMountOf(presets[name]);
  const both = mergeSocketMounts(of('testcontainers'), of('portainer'));
  expect(both?.imageList.images).toEqual([...presets.testcontainers.images, ...presets.portainer.images]);
  expect(both && permits(both.commandList, ['GET /volumes'])).toBe(true);
  const denying = mergeSocketMounts(of('localstack'), of('act'));
  expect(denying?.commandList.commands).not.toContain('build*');
  expect(denying?.commandList.commands).toContain('push');
  expect(mergeSocketMounts(of('localstack'), of('portainer'))).toBeUndefined();
  const none = {
    imageList: { images: [], allowDerivedImages: false },
    commandList: { type: 'deny' as const, commands: [] },
  };
  expect(mergeSocketMounts(none, of('portainer'))).toEqual(of('portainer'));
  expect(mergeSocketMounts(of('paketo'), of('paketo'))).toEqual(of('paketo'));
});

test('docs/presets.md is what the presets say; else: npm run settings-docs', () => {
  expect(readFileSync(resolve(import.meta.dirname, '../../docs/presets.md'), 'utf8')).toBe(
    presetsReference(),
  );
});
