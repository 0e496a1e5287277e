import { printable } from '../../machine/tail.ts';

/** A line longer than this is shown in part. */
const WIDEST = 100;

/**
 * The lines around a place, with a caret below it:
 *
 * ```
 *   3 |   "blockDockerLoad": {
 *   4 |     "value": "yes"
 *     |              ^
 * ```
 * @param place from 1, in UTF-16 code units, as policy/settings/error.ts has it
 */
export function codeFrame(text: string, place: { line: number; column: number }): string {
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
  const number = Math.min(Math.max(place.line, 1), lines.length);
  const column = place.column - 1;
  const from = column < WIDEST - 10 ? 0 : column - WIDEST / 2;
  const width = String(number).length;
  const shown = (line: string) => {
    const part = line.slice(from, from + WIDEST).replaceAll('\t', ' ');
    return `${from > 0 ? '…' : ''}${printable(part)}${line.length > from + WIDEST ? '…' : ''}`;
  };
  const row = (label: string, body: string) => `  ${label.padStart(width)} | ${body}`.trimEnd();
  const caret = `${' '.repeat(column - from + (from > 0 ? 1 : 0))}^`;
  const before = number > 1 ? [row(String(number - 1), shown(lines[number - 2] ?? ''))] : [];
  return [...before, row(String(number), shown(lines[number - 1] ?? '')), row('', caret)].join('\n');
}
