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

/** `--name`, before or after the command, or between it and the one it belongs to. */
export function nameOf(command: Command): string {
  for (let at: Command | null = command; at !== null; at = at.parent) {
    const name: unknown = at.opts().name;
    if (name !== undefined) return machineName(String(name));
  }
  return DEFAULT_NAME;
}

export function pathsOf(command: Command): MachinePaths {
  return machinePaths(nameOf(command));
}

/** Exactly this and what belongs to the VM named: ` --name x`, or nothing for the default. */
export function nameArgument(name: string): string {
  return name === DEFAULT_NAME ? '' : ` --name ${name}`;
}
