import type { Command } from 'commander';
import type { Session } from '../session.ts';
import { addCheck } from './check.ts';
import { addInit } from './init.ts';
import { addKeygen } from './keygen.ts';
import { addSign } from './sign.ts';
import { addVerify } from './verify.ts';

/** `bulkhead policy …`: those that need no VM, and those that ask one. */
export function addPolicy(program: Command, session: Session): Command {
  const policy = program
    .command('policy')
    .description('write, sign, look at and apply settings')
    .helpCommand('help [command]', 'print the help of a command');
  for (const add of [addInit, addCheck, addKeygen, addSign, addVerify])
    add(policy, session).helpOption('-h, --help', 'print this help').exitOverride();
  return policy;
}
