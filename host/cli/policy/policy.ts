import type { Command } from 'commander';
import type { Session } from '../session.ts';
import { addApply } from './apply.ts';
import { addCheck } from './check.ts';
import { addDiff } from './diff.ts';
import { addInit } from './init.ts';
import { addKeygen } from './keygen.ts';
import { addPreset } from './preset.ts';
import { addShow } from './show.ts';
import { addSign } from './sign.ts';
import { addVerify } from './verify.ts';
import { addWhy } from './why.ts';

/** `bulkhead policy …`: those that need no VM, and those that ask one. */
export function addPolicy(program: Command, session: Session): Command {
  const policy = program
    .command('policy')
    .description('write, sign, look at and apply settings')
    .helpCommand('help [command]', 'print the help of a command');
  for (const add of [
    addInit,
    addPreset,
    addCheck,
    addKeygen,
    addSign,
    addVerify,
    addShow,
    addWhy,
    addDiff,
    addApply,
  ]) {
    const command = add(policy, session).helpOption('-h, --help', 'print this help').exitOverride();
    if (['show', 'why', 'diff', 'apply'].includes(command.name()))
      command.option('--name <name>', 'which VM (default: bulkhead)');
  }
  return policy;
}
