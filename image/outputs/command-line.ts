import { formatVerity, type VerityRoot } from '../../policy/verity/word.ts';
import { commandLine } from '../content.ts';

/** The whole signed command line: the words of content.ts, and which root image belongs to it. */
export function commandLineOf(root: VerityRoot): string {
  return [...commandLine.map(({ word }) => word), formatVerity(root)].join(' ');
}
