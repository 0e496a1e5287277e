import * as z from '../zod.ts';
import { allowedDaemonOptions, refusedDaemonOptions } from './daemon-options.ts';
import { EFFECT } from './json-schema.ts';
import { type Setting, settingNames, settings } from './table.ts';

const TAKES = {
  now: 'at once',
  'engine-restart': 'when the engine starts again',
  'next-start': 'at the next start of the VM',
} as const;

const HEAD = `# Settings

<!-- Made from policy/settings/table.ts: change that, then \`npm run settings-docs\`. -->

Every key that \`admin-settings.json\` and a user's \`settings.json\` may have. [admin-guide.md](admin-guide.md) says how a
machine gets such a document; [admin-settings.schema.json](admin-settings.schema.json) is the same for editors (\`"$schema"\`).

A name with a dot is a member of an object: \`linuxVM.vpnkitCIDR\` is \`{"linuxVM": {"vpnkitCIDR": …}}\`. Shape is what stands
beside \`locked\`; an administrator's document says \`locked\` for each, a user's for none. What is not listed has no effect
and is a warning; a key that is listed with a wrong value refuses the whole document.

An administrator's document also has \`organization\` and \`serial\` (a whole number that grows with each change), and may have
\`notBefore\`, \`expires\` (ISO 8601 with a time zone) and \`nextKey\` (the public key of a rotation).
\`configurationFileVersion\` is 2 where it is there.
`;

/** docs/settings.md. Pure. */
export function settingsReference(): string {
  const all = settingNames.map((name) => ({ name, setting: settings[name] as Setting }));
  const rows = (which: Setting['effect'], row: (setting: Setting) => string[]) =>
    all
      .filter(({ setting }) => setting.effect === which)
      .map(({ name, setting }) => [code(name), shapeOf(setting), ...row(setting)]);
  const title = (which: Setting['effect']) =>
    `\n## ${EFFECT[which][0]?.toUpperCase()}${EFFECT[which].slice(1)}\n`;
  return [
    `${HEAD}${title('effective')}`,
    table(
      ['Key', 'Shape', 'Built in', 'What it does', 'A change counts'],
      rows('effective', (each) => [code(JSON.stringify(builtIn(each))), each.about, TAKES[each.takes]]),
    ),
    `${title('pending')}\nAccepted, checked for shape, and reported as pending.\n`,
    table(
      ['Key', 'Shape', 'What it will govern'],
      rows('pending', ({ about }) => [about]),
    ),
    `${title('not-applicable')}\nOf Docker Desktop, for parts that are not here; accepted, so that an existing file works.\n`,
    table(
      ['Key', 'Shape', 'Why not'],
      rows('not-applicable', ({ about }) => [about]),
    ),
    '\n## Daemon options\n',
    `\`linuxVM.dockerDaemonOptions\` is JSON in a string. It may hold ${allowedDaemonOptions.map(code).join(', ')}.`,
    'Everything else is refused by name, and with it the document. Why, for those that people ask for:\n',
    table(
      ['Option', 'Why not'],
      Object.entries(refusedDaemonOptions).map(([option, why]) => [code(option), why]),
    ),
    '',
  ].join('\n');
}

function table(head: string[], rows: string[][]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function builtIn({ form, fallback }: Setting): unknown {
  return form === 'fields' && Object.keys(fallback as object).join() === 'value'
    ? (fallback as { value: unknown }).value
    : fallback;
}

function shapeOf({ form, schema }: Setting): string {
  const type = typeOf(schema);
  if (form === 'value') return code(`value: ${type}`);
  return code(form === 'fields' ? type.replace(/^\{ (.*) \}$/, '$1') : type);
}

/** A schema in TypeScript's words. */
function typeOf(schema: z.ZodMiniType): string {
  if (schema instanceof z.ZodMiniOptional) return typeOf(schema.def.innerType as z.ZodMiniType);
  if (schema instanceof z.ZodMiniArray) {
    const inner = typeOf(schema.def.element as z.ZodMiniType);
    return inner.includes(' | ') ? `(${inner})[]` : `${inner}[]`;
  }
  if (schema instanceof z.ZodMiniEnum) return schema.options.map((each) => JSON.stringify(each)).join(' | ');
  if (schema instanceof z.ZodMiniUnion)
    return schema.def.options.map((each) => typeOf(each as z.ZodMiniType)).join(' | ');
  if (schema instanceof z.ZodMiniObject) {
    const members = Object.entries(schema.shape as Record<string, z.ZodMiniType>).map(
      ([name, each]) => `${name}${each instanceof z.ZodMiniOptional ? '?' : ''}: ${typeOf(each)}`,
    );
    return members.length === 0 ? 'any' : `{ ${members.join(', ')} }`;
  }
  return schema.def.type === 'unknown' ? 'any' : schema.def.type;
}

const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``;
