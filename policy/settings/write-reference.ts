/** `npm run settings-docs`: writes what is made from the table of settings and from the presets. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { presetsReference } from '../docker-socket/presets.ts';
import { settingsJsonSchema } from './json-schema.ts';
import { settingsReference } from './reference.ts';

const docs = resolve(import.meta.dirname, '../../docs');
writeFileSync(resolve(docs, 'settings.md'), settingsReference());
const schema = JSON.stringify(settingsJsonSchema(), undefined, 2);
writeFileSync(resolve(docs, 'admin-settings.schema.json'), `${schema}\n`);
writeFileSync(resolve(docs, 'presets.md'), presetsReference());
