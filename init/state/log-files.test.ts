import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { LogFiles } from './log-files.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'bh-log-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

function open(path: string, bootId: string) {
  const problems: string[] = [];
  const files = new LogFiles(path, (problem) => problems.push(problem));
  files.open(bootId);
  onTestFinished(() => files.close());
  return { files, problems };
}

const line = (seq: number, source = 'init', message = 'm') =>
  JSON.stringify({ seq, at: seq, level: 'info', source, message });

test('the boot after it reads what the last one logged, and only that', () => {
  const path = folder();
  for (const boot of ['a', 'b', 'c']) {
    const { files } = open(path, boot);
    for (let seq = 0; seq < 5; seq += 1) files.write(line(seq, seq === 3 ? 'dockerd' : 'init', boot));
    if (boot !== 'c') files.close();
    else {
      const last = files.readLast('c', 100);
      expect(last.map(({ seq, message }) => `${message}${seq}`)).toEqual(['b0', 'b1', 'b2', 'b3', 'b4']);
      expect(files.readLast('c', 2).map(({ seq }) => seq)).toEqual([3, 4]);
      expect(files.readLast('c', 100, 'dockerd').map(({ seq }) => seq)).toEqual([3]);
    }
  }
});

test('a flood takes a bounded part of the disk, and the newest stays', () => {
  const path = folder();
  const { files, problems } = open(path, 'a');
  for (let seq = 0; seq < 60_000; seq += 1) files.write(line(seq, 'init', 'x'.repeat(50)));
  files.close();
  const names = readdirSync(path).sort();
  expect(names).toEqual(['log.0.jsonl', 'log.1.jsonl', 'log.2.jsonl', 'log.3.jsonl']);
  for (const name of names) expect(statSync(join(path, name)).size).toBeLessThanOrEqual(512 * 1024);
  expect(open(path, 'b').files.readLast('b', 1)).toMatchObject([{ seq: 59_999 }]);
  expect(problems).toEqual([]);
});

test('a line that the power cut short, and what is no entry, is left out', () => {
  const path = folder();
  writeFileSync(join(path, 'log.0.jsonl'), `{"boot":"a"}\n${line(0)}\n{"seq":true}\n${line(1).slice(0, 20)}`);
  const { files } = open(path, 'b');
  expect(files.readLast('b', 10).map(({ seq }) => seq)).toEqual([0]);
});

test('what is not a plain file is neither followed nor read, and told of once', () => {
  const path = folder();
  const elsewhere = join(path, 'elsewhere');
  writeFileSync(elsewhere, 'mine\n');
  symlinkSync(elsewhere, join(path, 'log.0.jsonl'));
  symlinkSync(elsewhere, join(path, 'log.1.jsonl'));
  mkdirSync(join(path, 'log.2.jsonl'));
  const { files, problems } = open(path, 'b');
  for (let seq = 0; seq < 3; seq += 1) files.write(line(seq));
  expect(files.readLast('b', 10)).toEqual([]);
  expect(problems).toHaveLength(1);
  expect(readFileSync(elsewhere, 'utf8')).toBe('mine\n');
});
