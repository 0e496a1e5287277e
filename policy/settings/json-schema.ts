import * as z from '../zod.ts';
import { identity } from './parse.ts';
import { type Setting, settingNames, settings } from './table.ts';

type Schema = Record<string, unknown>;

/** Words for what a setting does. */
export const EFFECT = {
  effective: 'in effect',
  pending: 'no effect yet',
  'not-applicable': 'no effect here',
} as const;

/** JSON Schema of admin-settings.json, for editors: names, shapes and what each does. Pure. */
export function settingsJsonSchema(): Schema {
  const properties: Record<string, Schema> = {
    $schema: { type: 'string' },
    configurationFileVersion: { enum: [2, '2'], description: "of Docker Desktop's format" },
  };
  for (const [key, schema] of Object.entries(identity)) properties[key] = schemaOf(schema);
  for (const name of settingNames) {
    const [group = '', inner] = name.split('.');
    if (inner === undefined) properties[name] = settingSchema(settings[name]);
    else {
      const members = properties[group]?.properties as Schema | undefined;
      const member = { [inner]: settingSchema(settings[name]) };
      properties[group] = { type: 'object', properties: { ...members, ...member } };
    }
  }
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'admin-settings.json of Bulkhead',
    description: 'What is not listed has no effect. docs/settings.md has the same as a table.',
    type: 'object',
    properties,
    required: ['organization', 'serial'],
  };
}

function settingSchema({ form, schema, fallback, about, effect }: Setting): Schema {
  const inner = schemaOf(schema);
  const description = effect === 'effective' ? about : `${EFFECT[effect]}: ${about}`;
  const built = fallback !== undefined && form !== 'fields' ? { default: fallback } : {};
  if (form === 'bare') return { ...inner, description, ...built };
  const locked = { type: 'boolean', description: 'true: users cannot change it' };
  if (form === 'value')
    return {
      type: 'object',
      description,
      properties: { locked, value: { ...inner, ...built } },
      required: ['locked', 'value'],
    };
  return {
    ...inner,
    description,
    properties: { locked, ...(inner.properties as Schema | undefined) },
    required: ['locked', ...((inner.required as string[] | undefined) ?? [])],
  };
}

/** Members that are not known are a warning, and no fault: the schema takes them. */
function schemaOf(schema: z.ZodMiniType): Schema {
  const options = { io: 'input', unrepresentable: 'any' } as const;
  const { $schema: _, additionalProperties: __, ...rest } = z.toJSONSchema(schema, options) as Schema;
  return rest;
}
