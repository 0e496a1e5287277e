import { execFileSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { treeOfFile } from './file.ts';
import { BLOCK, hashTree, treeSize } from './tree.ts';
import { findVerity, formatVerity, parseVerity } from './word.ts';

const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;
const salt = Buffer.alloc(32, 0xa5);

function fileOf(blocks: number): { path: string; folder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'bulkhead-verity-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'data');
  writeFileSync(path, randomFillSync(Buffer.alloc(blocks * BLOCK)));
  return { path, folder };
}

describe('treeOfFile()', () => {
  // 128 hashes fill a block: the borders of one, two and three levels
  it.each([2, 128, 129, 300, 128 * 128, 128 * 128 + 1])(
    'makes of %i blocks the tree that veritysetup makes',
    (blocks) => {
      const { path, folder } = fileOf(blocks);
      const tree = join(folder, 'tree');
      const options = ['--no-superblock', '--hash=sha256', `--salt=${salt.toString('hex')}`];
      const said = execFileSync('veritysetup', ['format', ...options, path, tree], {
        encoding: 'utf8',
        env: { ...process.env, PATH },
      });
      const made = treeOfFile(path, blocks, salt);
      expect(made.rootHash.toString('hex')).toBe(/Root hash:\s+([0-9a-f]{64})/.exec(said)?.[1]);
      expect(made.tree.equals(readFileSync(tree))).toBe(true);
      expect(made.tree.length).toBe(treeSize(blocks));
    },
  );

  it('refuses a file that is shorter than what is asked for', () => {
    expect(() => treeOfFile(fileOf(3).path, 4, salt)).toThrow(RangeError);
  });

  it('refuses a tree over one block, which dm-verity reads otherwise', () => {
    expect(() => hashTree(Buffer.alloc(32), salt)).toThrow(RangeError);
  });
});

describe('findVerity()', () => {
  const root = { dataBlocks: 32_572, rootHash: '0a'.repeat(32), salt: 'b1'.repeat(32) };
  const word = formatVerity(root);

  it('reads what formatVerity() wrote', () => {
    expect(findVerity(`console=ttyS0 ${word} bulkhead.net=dhcp`)).toEqual(root);
  });

  it.each([
    ['none', 'console=ttyS0'],
    ['two', `${word} ${word}`],
    ['one that is part of another word', `x${word}`],
    ['capitals', word.toUpperCase().replace('BULKHEAD.VERITY', 'bulkhead.verity')],
    ['a digit too few', word.slice(0, -1)],
    ['a digit too many', `${word}0`],
    ['no blocks', word.replace('32572', '0')],
    ['no salt', word.replace(/,[^,]*$/, '')],
  ])('finds nothing in %s', (_, line) => {
    expect(findVerity(line)).toBeUndefined();
  });

  it('takes a value alone', () => {
    expect(parseVerity(word.slice(word.indexOf('=') + 1))).toEqual(root);
  });
});
