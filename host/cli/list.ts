import { readdir } from 'node:fs/promises';
import type { Command } from 'commander';
import { contextName } from '../docker/context.ts';
import { hasSystemCode, isHostError } from '../errors.ts';
import { machineName } from '../machine/name.ts';
import { machinePaths, machinesDirectory } from '../machine/paths.ts';
import { loadSettings, runningRecord } from '../machine/record.ts';

export interface ListedMachine {
  readonly name: string;
  readonly running: boolean;
  readonly pid?: number;
  readonly port?: number;
  readonly context: string;
}

export function addList(program: Command): Command {
  return program
    .command('list')
    .description('all VMs of this user')
    .option('--json', 'print them as JSON')
    .action(async (options: { json?: boolean }) => {
      const machines = await listMachines();
      if (options.json) process.stdout.write(`${JSON.stringify(machines, undefined, 2)}\n`);
      else for (const machine of machines) process.stdout.write(`${formatMachine(machine)}\n`);
    });
}

/** Every VM that has a data directory, by name. */
export async function listMachines(env: NodeJS.ProcessEnv = process.env): Promise<ListedMachine[]> {
  const machines: ListedMachine[] = [];
  for (const name of (await entries(machinesDirectory(env))).filter(isName).sort()) {
    const paths = machinePaths(name, env);
    const record = await runningRecord(paths);
    const port = record?.port ?? (await loadSettings(paths)).port;
    const process = record === undefined ? {} : { pid: record.pid };
    machines.push({
      name,
      running: record !== undefined,
      ...process,
      ...(port ? { port } : {}),
      context: contextName(name),
    });
  }
  return machines;
}

function formatMachine({ name, running, pid, port }: ListedMachine): string {
  return `${name.padEnd(16)} ${running ? `running, pid ${pid}, port ${port}` : 'stopped'}`;
}

function isName(text: string): boolean {
  try {
    return machineName(text) === text;
  } catch (error) {
    if (isHostError(error, 'bad-name')) return false;
    throw error;
  }
}

async function entries(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (hasSystemCode(error, 'ENOENT')) return [];
    throw error;
  }
}
