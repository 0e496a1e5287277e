import assert from 'node:assert/strict';
import { SettingsError } from '../../policy/settings/error.ts';
import { type DocumentKind, parseSettings } from '../../policy/settings/parse.ts';
import { renderUserSettings } from '../../policy/settings/render.ts';
import { type Setting, type SettingName, settings } from '../../policy/settings/table.ts';
import { mutate, mutateJson, type Random } from './random.ts';

const values = {
  configurationFileVersion: 2,
  enhancedContainerIsolation: {
    value: true,
    dockerSocketMount: {
      imageList: { images: ['docker.io/library/docker:*'], allowDerivedImages: true },
      commandList: { type: 'deny', commands: ['push'] },
    },
  },
  blockDockerLoad: { value: true },
  portBindingBehavior: { value: 'local-only-port-binding' },
  linuxVM: {
    dockerDaemonOptions: { value: '{"mtu": 1400, "dns": ["10.0.0.1"]}' },
    vpnkitCIDR: { value: '192.168.65.0/24' },
  },
  proxy: { mode: 'manual', http: 'http://proxy.example:3128', exclude: ['a', 'b'] },
  filesharingAllowedDirectories: [{ path: '$HOME', sharedByDefault: true }],
  bulkhead: { privileged: { value: 'deny' }, devices: { value: ['/dev/fuse'] }, pidsLimit: { value: 100 } },
};
const lock = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  if ('value' in value || 'mode' in value) return { locked: true, ...value };
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, lock(inner)]));
};
const documents: Readonly<Record<DocumentKind, object>> = {
  admin: { organization: 'acme', serial: 7, expires: '2030-01-01T00:00:00Z', ...(lock(values) as object) },
  user: values,
};

/** A document is taken whole, each value as its schema has it, or refused in words. A user locks nothing. */
export function settingsTarget(random: Random): void {
  const kind = random.pick<DocumentKind>(['admin', 'user']);
  const value = random.chance(0.5) ? mutateJson(documents[kind], random) : documents[kind];
  const text = Buffer.from(JSON.stringify(value, undefined, random.below(3)));
  const bytes = random.chance(0.6) ? mutate(text, random) : text;
  let read: ReturnType<typeof parseSettings>;
  try {
    read = parseSettings(bytes, kind);
  } catch (error) {
    assert(error instanceof SettingsError, String(error));
    assert(error.message !== '' && error.hint !== '');
    return;
  }
  assert.equal(read.identity !== undefined, kind === 'admin');
  for (const [name, entry] of Object.entries(read.entries)) {
    const { schema }: Setting = settings[name as SettingName];
    assert(schema.safeParse(entry.value).success, name);
    assert.equal(typeof entry.locked, 'boolean');
    assert(kind === 'admin' || !entry.locked);
  }
  if (kind === 'user')
    assert.deepEqual(parseSettings(Buffer.from(renderUserSettings(read)), kind).entries, read.entries);
}
