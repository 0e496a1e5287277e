import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { settingsJsonSchema } from './json-schema.ts';
import { settingsReference } from './reference.ts';
import { settingNames } from './table.ts';

const read = (name: string) => readFileSync(resolve(import.meta.dirname, '../../docs', name), 'utf8');

test('docs/settings.md is what the table says; else: npm run settings-docs', () => {
  expect(read('settings.md')).toBe(settingsReference());
});

test('docs/admin-settings.schema.json is what the table says; else: npm run settings-docs', () => {
  expect(read('admin-settings.schema.json')).toBe(`${JSON.stringify(settingsJsonSchema(), undefined, 2)}\n`);
});

test('both have every setting', () => {
  const reference = settingsReference();
  expect(settingNames.filter((name) => !reference.includes(`| \`${name}\` |`))).toEqual([]);
  const { properties } = settingsJsonSchema() as { properties: Record<string, { properties?: object }> };
  const missing = settingNames.filter((name) => {
    const [group = '', inner] = name.split('.');
    const found = properties[group];
    return found === undefined || (inner !== undefined && !Object.hasOwn(found.properties ?? {}, inner));
  });
  expect(missing).toEqual([]);
});
