import { expect, test } from 'vitest';
import { SettingsError } from './error.ts';
import { type DocumentKind, MOST_BYTES, parseSettings } from './parse.ts';

const identity = '"organization": "acme", "serial": 7';
const read = (text: string | Uint8Array, kind: DocumentKind = 'admin') =>
  parseSettings(typeof text === 'string' ? Buffer.from(text) : text, kind);
const admin = (settings: string) => `{${identity}, ${settings}}`;

function refusal(text: string | Uint8Array, kind: DocumentKind = 'admin') {
  try {
    return { code: 'none', read: read(text, kind) };
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    const { code, message, place } = error;
    return { code, message, place };
  }
}

/** As in Docker's documentation, and what makes it safe to carry. */
const documented = `{
  "configurationFileVersion": 2,
  "organization": "acme",
  "serial": 7,
  "exposeDockerAPIOnTCP2375": { "locked": true, "value": false },
  "proxy": { "locked": true, "mode": "system", "http": "", "https": "", "exclude": [], "windowsDockerdPort": 65000, "enableKerberosNtlm": false },
  "containersProxy": { "locked": true, "mode": "manual", "http": "", "https": "", "exclude": [], "pac": "", "transparentPorts": "" },
  "enhancedContainerIsolation": {
    "locked": true, "value": true,
    "dockerSocketMount": {
      "imageList": { "images": ["docker.io/localstack/localstack:*"], "allowDerivedImages": true },
      "commandList": { "type": "deny", "commands": ["push"] }
    }
  },
  "linuxVM": { "wslEngineEnabled": { "locked": false, "value": false }, "vpnkitCIDR": { "locked": false, "value": "192.168.65.0/24" }, "dockerDaemonOptions": { "locked": false, "value": "{\\"debug\\": false, \\"log-level\\": \\"debug\\"}" } },
  "kubernetes": { "locked": false, "enabled": false, "showSystemContainers": false, "imagesRepository": "" },
  "windowsContainers": { "dockerDaemonOptions": { "locked": false, "value": "{\\"debug\\": false}" } },
  "disableUpdate": { "locked": false, "value": false },
  "analyticsEnabled": { "locked": false, "value": true },
  "extensionsEnabled": { "locked": true, "value": false },
  "onlyMarketplaceExtensions": { "locked": true, "value": false },
  "extensionsPrivateMarketplace": { "locked": true, "value": false },
  "extensionsPrivateMarketplaceAdminContactURL": { "locked": true, "value": "" },
  "displayedOnboarding": { "locked": true, "value": true },
  "desktopTerminalEnabled": { "locked": false, "value": false },
  "silentModulesUpdate": { "locked": false, "value": false },
  "allowExperimentalFeatures": { "locked": false, "value": false },
  "useVirtualizationFrameworkRosetta": { "locked": true, "value": true },
  "useGrpcfuse": { "locked": true, "value": true },
  "enableDockerAI": { "locked": true, "value": false },
  "enableDockerMCPToolkit": { "locked": true, "value": false },
  "enableInference": { "locked": false, "value": true },
  "enableInferenceTCP": { "locked": false, "value": true },
  "enableInferenceTCPPort": { "locked": true, "value": 12434 },
  "enableInferenceCORS": { "locked": true, "value": "" },
  "enableInferenceGPUVariant": { "locked": true, "value": true },
  "scout": { "locked": false, "sbomIndexing": true, "useBackgroundIndexing": true },
  "allowBetaFeatures": { "locked": false, "value": false },
  "blockDockerLoad": { "locked": false, "value": true },
  "filesharingAllowedDirectories": [{ "path": "$HOME", "sharedByDefault": true }, { "path": "$TMP", "sharedByDefault": false }],
  "useVirtualizationFrameworkVirtioFS": { "locked": true, "value": true },
  "defaultNetworkingMode": { "locked": true, "value": "dual-stack" },
  "dnsInhibition": { "locked": true, "value": "auto" },
  "portBindingBehavior": { "locked": true, "value": "default-port-binding" }
}`;

test('a document as Docker documents it is read whole, without a warning', () => {
  const { identity: who, entries, warnings } = read(documented);
  expect(warnings).toEqual([]);
  expect(who).toEqual({ organization: 'acme', serial: 7 });
  expect(Object.keys(entries)).toHaveLength(36);
  expect(entries.blockDockerLoad).toEqual({ locked: false, value: true });
  expect(entries.enhancedContainerIsolation?.value.dockerSocketMount?.commandList).toEqual({
    type: 'deny',
    commands: ['push'],
  });
});

test('a byte order mark is no fault', () => {
  expect(read(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(documented)])).warnings).toEqual(
    [],
  );
});

test.each([
  ['an unknown key', '"blokDockerLoad": {"locked": true, "value": true}', 'did you mean blockDockerLoad?'],
  [
    'an unknown key of a group',
    '"bulkhead": {"shell": {"locked": true, "value": true}}',
    'bulkhead.shell is not known',
  ],
  [
    'an unknown member',
    '"blockDockerLoad": {"locked": true, "value": true, "why": 1}',
    'blockDockerLoad.why is not known',
  ],
  [
    'an unknown member further in',
    '"enhancedContainerIsolation": {"locked": true, "value": true, "dockerSocketMount": {"imageList": {"images": [], "x": 1}}}',
    'dockerSocketMount.imageList.x is not known',
  ],
])('%s is a warning, and stops nothing', (_, settings, words) => {
  const { warnings } = read(admin(settings));
  expect(warnings).toHaveLength(1);
  expect(warnings[0]?.message).toContain(words);
  expect(warnings[0]?.place?.line).toBe(1);
});

test('a setting of a group written with a dot does not count beside the group', () => {
  const lock = '"bulkhead": {"plugins": {"locked": true, "value": false}}';
  const { entries, warnings } = read(admin(`${lock}, "bulkhead.plugins": {"locked": false, "value": true}`));
  expect(entries).toEqual({ 'bulkhead.plugins': { locked: true, value: false } });
  expect(warnings[0]?.message).toContain('write it as {"bulkhead": {"plugins"');
});

test("an editor's $schema is no setting", () => {
  expect(read(admin('"$schema": "./admin-settings.schema.json"'))).toMatchObject({
    entries: {},
    warnings: [],
  });
});

const deep = (levels: number) => admin(`"x": ${'['.repeat(levels)}${']'.repeat(levels)}`);
const padded = (bytes: number) => `{${identity}, "x": "${' '.repeat(bytes)}"}`;

test.each<[string, string | Uint8Array, string, string]>([
  ['broken JSON', '{', 'not-json', 'ends too early'],
  ['nothing', '', 'not-json', 'ends too early'],
  [
    'a comma too many',
    admin('"blockDockerLoad": {"locked": true, "value": true},'),
    'not-json',
    'unexpected',
  ],
  ['a comment', `// mine\n${documented}`, 'not-json', 'unexpected'],
  ['a NUL byte', `${documented}\0`, 'not-json', '\\x00 is unexpected'],
  [
    'a NUL in a string',
    admin('"proxy": {"locked": true, "mode": "manual", "http": "a\\u0000b"}'),
    'not-json',
    'NUL',
  ],
  ['no UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 'not-json', 'not UTF-8'],
  ['UTF-16', Buffer.from(documented, 'utf16le'), 'not-json', 'unexpected'],
  ['1 MiB + 1', Buffer.alloc(MOST_BYTES + 1, 0x20), 'too-large', '1048577 bytes'],
  ['depth 10,000', deep(10_000), 'not-json', 'nests deeper'],
  ['__proto__', admin('"__proto__": {"locked": true}'), 'not-json', '__proto__ is no name'],
  ['__proto__, escaped', admin('"\\u005f_proto__": {"locked": true}'), 'not-json', '__proto__ is no name'],
  [
    '__proto__ further in',
    admin('"bulkhead": {"plugins": {"locked": true, "value": true, "__proto__": {}}}'),
    'not-json',
    '__proto__',
  ],
  [
    'a key twice',
    admin(
      '"blockDockerLoad": {"locked": true, "value": true}, "blockDockerLoad": {"locked": false, "value": false}',
    ),
    'not-json',
    'there twice',
  ],
  [
    'locked twice',
    admin('"blockDockerLoad": {"locked": true, "locked": false, "value": true}'),
    'not-json',
    'there twice',
  ],
  ['no lock', admin('"blockDockerLoad": {"value": true}'), 'lock-missing', 'does not say whether'],
  ['locked without value', admin('"blockDockerLoad": {"locked": true}'), 'value-missing', 'has no value'],
  [
    'a lock that is text',
    admin('"blockDockerLoad": {"locked": "true", "value": true}'),
    'wrong-value',
    'true or false',
  ],
  [
    'null as lock',
    admin('"blockDockerLoad": {"locked": null, "value": true}'),
    'wrong-value',
    'true or false',
  ],
  [
    'a value of another kind',
    admin('"blockDockerLoad": {"locked": true, "value": "yes"}'),
    'wrong-value',
    'expected boolean',
  ],
  [
    'null as value',
    admin('"blockDockerLoad": {"locked": true, "value": null}'),
    'wrong-value',
    'expected boolean',
  ],
  [
    'a word that is none',
    admin('"portBindingBehavior": {"locked": true, "value": "everywhere"}'),
    'wrong-value',
    'default-port-binding',
  ],
  ['a setting that is no object', admin('"blockDockerLoad": true'), 'wrong-value', 'is an object'],
  ['a group that is no object', admin('"bulkhead": []'), 'wrong-value', 'bulkhead is an object'],
  [
    'a device that cannot be allowed',
    admin('"bulkhead": {"devices": {"locked": true, "value": ["/dev/mem"]}}'),
    'wrong-value',
    '/dev/fuse or /dev/net/tun',
  ],
  [
    'hosts among daemon options',
    admin(
      '"linuxVM": {"dockerDaemonOptions": {"locked": true, "value": "{\\"hosts\\": [\\"tcp://0.0.0.0:2375\\"], \\"userns-remap\\": \\"x\\"}"}}',
    ),
    'wrong-value',
    'hosts may not be set',
  ],
  [
    'daemon options that are no JSON',
    admin('"linuxVM": {"dockerDaemonOptions": {"locked": true, "value": "{"}}'),
    'wrong-value',
    'no JSON',
  ],
  ['another file version', admin('"configurationFileVersion": 3'), 'wrong-value', 'version 2'],
  ['no organization', '{"serial": 1}', 'no-identity', 'organization'],
  ['no serial', '{"organization": "acme"}', 'no-identity', 'serial'],
  ['serial 0', '{"organization": "acme", "serial": 0}', 'wrong-value', '>=1'],
  ['a serial with a fraction', '{"organization": "acme", "serial": 1.5}', 'wrong-value', 'expected int'],
  [
    'a serial beyond 2^53',
    '{"organization": "acme", "serial": 9007199254740993}',
    'wrong-value',
    'expected number',
  ],
  ['a date without a zone', admin('"expires": "2027-01-01"'), 'wrong-value', 'ISO datetime'],
  ['an array', '[]', 'wrong-value', 'a settings document is an object'],
])('refused whole: %s', (_, text, code, words) => {
  const refused = refusal(text);
  expect(refused).toMatchObject({ code, message: expect.stringContaining(words) });
});

test('1 MiB is not too much', () => {
  expect(read(padded(MOST_BYTES - padded(0).length)).warnings).toHaveLength(1);
});

test('names that JavaScript objects have are unknown keys, and nothing else', () => {
  const names = ['constructor', 'toString', 'hasOwnProperty', 'valueOf'];
  const { warnings, entries } = read(
    admin(names.map((name) => `"${name}": {"locked": true, "value": 1}`).join()),
  );
  expect(warnings).toHaveLength(names.length);
  expect(entries).toEqual({});
});

test('a fault is shown where it is', () => {
  const text = `{\n  "organization": "acme",\n  "serial": 7,\n  "blockDockerLoad": { "locked": true, "value": 1 }\n}`;
  expect(refusal(text)).toMatchObject({ place: { line: 4, column: 49, key: 'blockDockerLoad.value' } });
  expect(refusal(text.replace('"serial"', '"serial'))).toMatchObject({
    code: 'not-json',
    place: { line: 3 },
  });
});

test("a user's document has values alone", () => {
  expect(read('{"blockDockerLoad": {"value": true}}', 'user').entries).toEqual({
    blockDockerLoad: { value: true, locked: false },
  });
  expect(refusal('{"blockDockerLoad": {"value": true, "locked": true}}', 'user').code).toBe('not-for-users');
  expect(refusal(`{${identity}}`, 'user').code).toBe('not-for-users');
  expect(refusal('{"nextKey": "x"}', 'user').code).toBe('not-for-users');
});
