import { expect, it } from 'vitest';
import { codeFrame } from './code-frame.ts';

it.each([
  ['the first line', '{x', { line: 1, column: 2 }, '  1 | {x\n    |  ^'],
  ['with the line before', 'a\r\nbc\nd', { line: 2, column: 1 }, '  1 | a\n  2 | bc\n    | ^'],
  ['tabs as one sign', '\t\tx', { line: 1, column: 3 }, '  1 |   x\n    |   ^'],
  ['behind the end', 'a\n', { line: 2, column: 1 }, '  1 | a\n  2 |\n    | ^'],
  ['beyond all', 'a', { line: 9, column: 1 }, '  1 | a\n    | ^'],
])('codeFrame() shows %s', (_name, text, place, frame) => {
  expect(codeFrame(text, place)).toBe(frame);
});

it('codeFrame() shows a part of a long line, with the caret below its sign', () => {
  const text = `${'a'.repeat(500)}X${'b'.repeat(500)}`;
  const [, shown = '', caret = ''] = ['', ...codeFrame(text, { line: 1, column: 501 }).split('\n')];
  expect(shown.length).toBeLessThan(120);
  expect(shown[caret.indexOf('^')]).toBe('X');
});

it('codeFrame() steers no terminal', () => {
  expect(codeFrame('\u001b[2Jx', { line: 1, column: 1 })).not.toContain('\u001b');
});
