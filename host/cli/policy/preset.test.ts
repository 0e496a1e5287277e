import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { presets, socketMountOf } from '../../../policy/docker-socket/presets.ts';
import { capturedMain } from '../../captured-main.ts';
import { starter } from './init.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bh-preset-'));
});
afterEach(() => rmSync(folder, { recursive: true }));
const file = () => join(folder, 'a.json');

function preset(...args: string[]) {
  return capturedMain(['policy', 'preset', ...args]);
}

test('prints what goes into a document, and says what it opens', async () => {
  const { status, stdout, stderr } = await preset('testcontainers');
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    enhancedContainerIsolation: {
      locked: true,
      value: true,
      dockerSocketMount: socketMountOf(presets.testcontainers),
    },
  });
  expect(stderr).toContain('It makes no containers');
});

test('puts it into a document, which keeps the rest, and takes a second one', async () => {
  writeFileSync(file(), starter('acme'));
  expect((await preset('testcontainers', '--into', file())).stdout).toContain('raise its serial');
  await preset('portainer', '--into', file());
  const document = JSON.parse(readFileSync(file(), 'utf8'));
  const { images } = document.enhancedContainerIsolation.dockerSocketMount.imageList;
  expect(images).toEqual([...presets.testcontainers.images, ...presets.portainer.images]);
  const before = JSON.parse(starter('acme'));
  expect({ ...document, enhancedContainerIsolation: before.enhancedContainerIsolation }).toEqual(before);
  const kept = readFileSync(file(), 'utf8');
  const { status, stderr } = await preset('act', '--into', file());
  expect(status).toBe(1);
  expect(stderr).toContain('merge it by hand');
  expect(readFileSync(file(), 'utf8')).toBe(kept);
});

test('touches nothing that is no document, and knows no other names', async () => {
  writeFileSync(file(), '{"organization": 1}');
  expect(await preset('act', '--into', file())).toMatchObject({ status: 1 });
  expect(readFileSync(file(), 'utf8')).toBe('{"organization": 1}');
  expect(await preset('act', '--into', join(folder, 'none'))).toMatchObject({ status: 1 });
  expect(await preset('jenkins')).toMatchObject({ status: 2 });
});
