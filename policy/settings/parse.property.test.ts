import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { SettingsError } from './error.ts';
import { type DocumentKind, parseSettings } from './parse.ts';
import { renderUserSettings } from './render.ts';
import { type Setting, settingNames, settings } from './table.ts';

/** Values that schemas take, and others. */
const anyValue = fc.oneof(
  fc.boolean(),
  fc.constantFrom('confine', 'deny', 'system', 'manual', 'local-only-port-binding', '10.9.0.0/24', '{}'),
  fc.constant([]),
  fc.integer(),
  fc.jsonValue({ maxDepth: 3 }),
);
const anySetting = fc.record(
  { locked: fc.oneof(fc.boolean(), fc.jsonValue()), value: anyValue, mode: anyValue },
  { requiredKeys: [] },
);

/** A document of settings that exist, some of them in order. */
const anyDocument = fc
  .array(fc.tuple(fc.constantFrom(...settingNames), anySetting), { maxLength: 6 })
  .map((pairs) => {
    const root: Record<string, unknown> = {};
    for (const [name, body] of pairs) {
      const [group = '', inner] = name.split('.');
      root[group] = inner === undefined ? body : { ...(root[group] as object), [inner]: body };
    }
    return root;
  });

/** As somebody might have damaged it: a piece out, another in. */
const damaged = fc
  .tuple(anyDocument, fc.nat(), fc.nat(20), fc.uint8Array({ maxLength: 12 }))
  .map(([document, at, length, piece]) => {
    const bytes = Buffer.from(JSON.stringify({ organization: 'acme', serial: 1, ...document }));
    const start = at % (bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, start), piece, bytes.subarray(start + length)]);
  });

const read = (bytes: Uint8Array, kind: DocumentKind) => {
  try {
    return parseSettings(bytes, kind);
  } catch (error) {
    if (error instanceof SettingsError) return error;
    throw error;
  }
};

test('whatever the bytes are, a document is taken whole or refused in words', () => {
  fc.assert(
    fc.property(
      fc.oneof(damaged, fc.uint8Array({ maxLength: 200 })),
      fc.constantFrom<DocumentKind>('admin', 'user'),
      (bytes, kind) => {
        const result = read(bytes, kind);
        if (result instanceof SettingsError) {
          expect(result.message).not.toBe('');
          expect(result.hint).not.toBe('');
        } else
          for (const [name, entry] of Object.entries(result.entries)) {
            const { schema }: Setting = settings[name as keyof typeof settings];
            expect(schema.safeParse(entry.value).success).toBe(true);
            expect(typeof entry.locked).toBe('boolean');
            if (kind === 'user') expect(entry.locked).toBe(false);
          }
        expect(Object.keys(Object.prototype)).toEqual([]);
      },
    ),
  );
}, 60_000);

test('what PID 1 gets of a user is what the channel read', () => {
  fc.assert(
    fc.property(anyDocument, (document) => {
      const result = read(Buffer.from(JSON.stringify(document)), 'user');
      if (result instanceof SettingsError) return;
      const again = parseSettings(Buffer.from(renderUserSettings(result)), 'user');
      expect(again.entries).toEqual(result.entries);
      expect(again.warnings).toEqual([]);
    }),
  );
}, 60_000);
