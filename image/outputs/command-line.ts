import { kernelWords } from '../../policy/kernel/command-line.ts';
import { formatVerity, type VerityRoot } from '../../policy/verity/word.ts';

/** The whole signed command line: the words that every boot has, and which root image belongs to it. */
export function commandLineOf(root: VerityRoot): string {
  return [...kernelWords.map(({ word }) => word), formatVerity(root)].join(' ');
}
