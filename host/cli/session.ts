import type { Command } from 'commander';
import { DEFAULT_NAME, machineName } from '../machine/name.ts';
import { type MachinePaths, machinePaths } from '../machine/paths.ts';

/** What all commands share. */
export interface Session {
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** For commands that fail without an error, such as `status`. */
  exitCode: number;
}

/** `--name`, before or after the command. */
export function nameOf(command: Command): string {
  const name: unknown = command.opts().name ?? command.parent?.opts().name ?? DEFAULT_NAME;
  return machineName(String(name));
}

export function pathsOf(command: Command): MachinePaths {
  return machinePaths(nameOf(command));
}

/** Exactly this and what belongs to the VM named: ` --name x`, or nothing for the default. */
export function nameArgument(name: string): string {
  return name === DEFAULT_NAME ? '' : ` --name ${name}`;
}
