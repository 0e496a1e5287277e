import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { isolatedEnvironment, machinePaths } from '../../host/machine/paths.ts';
import { startMachine } from '../../host/machine/start.ts';
import { main } from '../../host/main.ts';
import { verifyChain } from '../../host/verify/chain.ts';
import { makeSecureBootKeys, readSecureBootKeys } from '../../image/keys/secure-boot.ts';
import { artefactNames } from '../../policy/manifest/release.ts';
import { keyName, parsePublicKey, publicKeyLine } from '../../policy/minisign/public-key.ts';
import { generateKey, publicKeyOf } from '../../policy/minisign/secret-key.ts';
import { signUefi, verifyUefi } from '../../policy/secure-boot/authenticode.ts';
import { readPe } from '../../policy/secure-boot/pe.ts';
import { flip, type Parts, secret, smallImage, stubProgram } from './small-image.ts';

const folder = mkdtempSync(join(tmpdir(), 'bulkhead-chain-'));
const image = join(folder, 'image');
let keys: ReturnType<typeof readSecureBootKeys>;
let others: ReturnType<typeof readSecureBootKeys>;
beforeAll(async () => {
  for (const name of ['keys', 'others']) await makeSecureBootKeys(join(folder, name), new Date());
  keys = readSecureBootKeys(join(folder, 'keys'));
  others = readSecureBootKeys(join(folder, 'others'));
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

async function brokenLinks(): Promise<string[]> {
  return (await verifyChain(image)).filter(({ ok }) => !ok).map(({ name }) => name);
}

describe('verifyChain()', () => {
  it('finds every link of an image whole, and `bulkhead verify` returns 0', async () => {
    await smallImage(image, keys);
    expect(await brokenLinks()).toEqual([]);
    expect(await main(['verify', image])).toBe(0);
  });

  it.each([...artefactNames])(
    'names the file %s when a bit of it is flipped, and `bulkhead verify` returns 1',
    async (part) => {
      await smallImage(image, keys);
      const data = readFileSync(join(image, part));
      flip(data);
      writeFileSync(join(image, part), data);
      expect(await brokenLinks()).toContain(`file ${part}`);
      expect(await main(['verify', image])).toBe(1);
    },
  );

  it.each([
    ['manifest.json', 'signature'],
    ['manifest.json.minisig', 'signature'],
    ['bulkhead.pub', 'public key'],
  ])('says nothing of the rest when %s was changed', async (file, link) => {
    await smallImage(image, keys);
    const text = readFileSync(join(image, file), 'utf8');
    writeFileSync(join(image, file), file === 'manifest.json' ? `${text} ` : text.replace(/\n$/, ' \n'));
    if (file === 'manifest.json.minisig')
      writeFileSync(join(image, file), text.replace('comment: test', 'comment: x'));
    const links = await verifyChain(image);
    expect(links.at(-1)).toMatchObject({ name: link, ok: false });
  });

  // Signed by whoever has the manifest's key: what the later links are for.
  const cases: [string, string[], (parts: Parts) => void][] = [
    [
      'another command line',
      ['command line', 'kernel image'],
      (parts) => {
        parts.commandLine += ' init=/bin/sh';
      },
    ],
    ['a root that was changed', ['root hash'], ({ root }) => flip(root, 0)],
    ['a hash tree that was changed', ['root hash'], ({ root }) => flip(root, root.length - 1)],
    [
      'a root with something behind it',
      ['root hash'],
      (parts) => {
        parts.root = Buffer.concat([parts.root, Buffer.alloc(1)]);
      },
    ],
    ['another kernel', ['kernel image'], ({ kernel }) => flip(kernel)],
    ['a kernel image that was changed', ['Secure Boot', 'boot disk'], ({ uki }) => flip(uki, 0x420)],
    ['a boot disk with another image', ['boot disk'], ({ boot }) => flip(boot, boot.indexOf('MZ'))],
    [
      'a list that is none',
      ['executables'],
      (parts) => {
        parts.executables = Buffer.from('{}');
      },
    ],
    [
      'firmware that trusts somebody else',
      ['Secure Boot'],
      (parts) => {
        parts.firmwareVariables = Buffer.alloc(100);
      },
    ],
  ];
  it.each(cases)('finds %s, though the manifest is signed', async (_, links, change) => {
    await smallImage(image, keys, change);
    expect(await brokenLinks()).toEqual(links);
  });
});

describe('the key of an image, where a VM has run others before', () => {
  const env = isolatedEnvironment(join(folder, 'home'));
  const vm = machinePaths('rotated', env);
  const own = publicKeyLine(publicKeyOf(secret));
  const [before, after] = [0, 1].map(() => publicKeyLine(publicKeyOf(generateKey(randomBytes(40)))));
  const name = (line = '') => keyName(parsePublicKey(line));
  const link = async () => (await verifyChain(image, { vm })).find((each) => each.name === 'image key');

  it.each([
    ['no other', undefined, true, 'no image has run'],
    ['the same', { key: own, signing: 'release' }, true, 'is the key'],
    [
      'one that announced it',
      { key: before, signing: 'release', next: own },
      true,
      `${name(own)} was announced`,
    ],
    ['a development key', { key: before, signing: 'development' }, true, 'takes any'],
    ['another', { key: before, signing: 'release' }, false, `takes images signed with ${name(before)}`],
    ['one that announced another', { key: before, signing: 'release', next: after }, false, name(after)],
  ])('%s: verify says it, and up does as it says', async (_, known, ok, words) => {
    await smallImage(image, keys, undefined, { signing: 'release', nextKey: after });
    mkdirSync(vm.data, { recursive: true });
    rmSync(vm.imageKeys, { force: true });
    if (known !== undefined) writeFileSync(vm.imageKeys, JSON.stringify(known));
    expect(await link()).toMatchObject({ ok, detail: expect.stringContaining(words) });
    if (ok) expect((await link())?.detail).toContain(`The next key will be ${name(after)}`);
    // with a port that is taken nothing starts, and it is the image that is looked at first
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    onTestFinished(() => void server.close());
    const start = startMachine({ name: vm.name, env, image, port, settings: {} });
    await expect(start).rejects.toMatchObject({ code: ok ? 'port-taken' : 'image-untrusted' });
  });

  it('a next key that accepts forged signatures is not taken from anybody', async () => {
    const weak = publicKeyLine({ id: Buffer.alloc(8), point: Buffer.alloc(32) });
    await smallImage(image, keys, undefined, { nextKey: weak });
    expect((await verifyChain(image)).at(-1)).toMatchObject({ name: 'signature', ok: false });
  });
});

describe('signUefi()', () => {
  const sign = async () => signUefi(stubProgram(), keys.certificates.database, keys.sign);

  it('gives the same file for the same input, which sbverify accepts', async () => {
    const signed = await sign();
    expect(await sign()).toEqual(signed);
    const [program, certificate] = [join(folder, 'signed.efi'), join(folder, 'keys/db.crt')];
    writeFileSync(program, signed);
    const check = (trusted: string) =>
      execFileSync('sbverify', ['--cert', trusted, program], { encoding: 'utf8', stdio: 'pipe' });
    expect(check(certificate)).toContain('Signature verification OK');
    expect(() => check(join(folder, 'others/db.crt'))).toThrow(); // control
    verifyUefi(signed, readFileSync(certificate));
  });

  it('refuses a program that is signed already, and one that is none', async () => {
    await expect(signUefi(await sign(), keys.certificates.database, keys.sign)).rejects.toThrow('already');
    await expect(signUefi(Buffer.from('MZ'), keys.certificates.database, keys.sign)).rejects.toThrow(
      'no UEFI',
    );
  });
});

describe('verifyUefi()', () => {
  it('refuses another certificate, a signature of another key, and no signature', async () => {
    const { database } = keys.certificates;
    const signed = await signUefi(stubProgram(), database, keys.sign);
    expect(() => verifyUefi(signed, others.certificates.database)).toThrow();
    const foreign = await signUefi(stubProgram(), database, others.sign);
    expect(() => verifyUefi(foreign, database)).toThrow('does not hold');
    expect(() => verifyUefi(stubProgram(), database)).toThrow('not signed');
  });

  it('refuses a flip in any byte but the checksum and what fills up the signature', async () => {
    const { database } = keys.certificates;
    const signed = await signUefi(stubProgram(), database, keys.sign);
    const { optional } = readPe(signed);
    const passed: number[] = [];
    for (let at = 0; at < signed.length - 8; at++) {
      const changed = Buffer.from(signed);
      flip(changed, at);
      try {
        verifyUefi(changed, database);
        passed.push(at);
      } catch {
        // as it should be
      }
    }
    const checksum = [0, 1, 2, 3].map((at) => optional + 64 + at);
    const header = readPe(signed).signatures.offset;
    expect(passed.filter((at) => !checksum.includes(at) && !(at >= header && at < header + 8))).toEqual([]);
  });
});
