import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { busyboxImage, helloImage } from '../hello/busybox-image.ts';
import { cpio } from './cpio.ts';
import { tar } from './tar.ts';

function list(archive: Buffer): string[] {
  return execFileSync('tar', ['-tvf', '-', '--numeric-owner'], { input: archive, encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.replace(/\s+/g, ' '));
}

describe('tar()', () => {
  const archive = tar([
    { path: 'bin/', mode: 0o755, content: { kind: 'directory' } },
    { path: 'bin/tool', mode: 0o755, content: { kind: 'file', data: Buffer.from('x'.repeat(513)) } },
    { path: 'bin/link', mode: 0o777, content: { kind: 'link', target: 'tool' } },
  ]);

  it('is read by tar', () => {
    expect(list(archive)).toEqual([
      expect.stringMatching(/^drwxr-xr-x 0\/0 0 1970-01-01 .* bin\/$/),
      expect.stringMatching(/^-rwxr-xr-x 0\/0 513 1970-01-01 .* bin\/tool$/),
      expect.stringMatching(/^lrwxrwxrwx 0\/0 0 1970-01-01 .* bin\/link -> tool$/),
    ]);
  });

  it('refuses a path that its header cannot hold', () => {
    const long = { path: 'x'.repeat(101), mode: 0o644, content: { kind: 'directory' } } as const;
    expect(() => tar([long])).toThrow(RangeError);
  });
});

describe('cpio()', () => {
  const archive = cpio([
    { path: 'dev', mode: 0o040755, data: Buffer.alloc(0) },
    { path: 'init', mode: 0o100755, data: Buffer.from('12345') },
  ]);

  it('begins each member, its name and its data at a multiple of four', () => {
    expect(archive.length % 4).toBe(0);
    const starts = [...archive.toString('latin1').matchAll(/070701/g)].map(({ index }) => index % 4);
    expect(starts).toEqual([0, 0, 0]);
  });

  it('ends with the trailer', () => {
    expect(archive.toString('latin1')).toContain('TRAILER!!!\0');
  });
});

describe('busyboxImage()', () => {
  const image = busyboxImage(Buffer.from('busybox'), helloImage);

  it('holds what `docker load` looks for', () => {
    const names = list(image).map((line) => line.split(' ').at(-1));
    expect(names).toEqual([expect.stringMatching(/^[0-9a-f]{64}\.json$/), 'layer.tar', 'manifest.json']);
    const manifest = execFileSync('tar', ['-xOf', '-', 'manifest.json'], { input: image, encoding: 'utf8' });
    expect(JSON.parse(manifest)).toMatchObject([
      { RepoTags: ['bulkhead/hello:latest'], Layers: ['layer.tar'] },
    ]);
  });

  it('has a shell in its layer', () => {
    const layer = execFileSync('tar', ['-xOf', '-', 'layer.tar'], { input: image });
    expect(list(layer).join('\n')).toMatch(/bin\/sh -> busybox/);
  });
});
