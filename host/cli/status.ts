import type { Command } from 'commander';
import type { SettingsSummary } from '../../services/channel/protocol/methods.ts';
import { inspectMachine, type MachineStatus } from '../machine/inspect.ts';
import { formatSize } from '../machine/size.ts';
import { printable } from '../machine/tail.ts';
import { EXIT } from './exit-codes.ts';
import { nameOf, type Session } from './session.ts';

export function addStatus(program: Command, session: Session): Command {
  return program
    .command('status')
    .description('check every link from here to the engine; 0 only when all hold')
    .option('--json', 'print it as JSON')
    .action(async (options: { json?: boolean }, command: Command) => {
      const status = await inspectMachine({ name: nameOf(command) });
      process.stdout.write(options.json ? `${JSON.stringify(status, undefined, 2)}\n` : formatStatus(status));
      if (!status.ok) session.exitCode = status.state === 'stopped' ? EXIT.notRunning : EXIT.failed;
    });
}

/** A table for a person. */
export function formatStatus(status: MachineStatus): string {
  const { process, channel, engine, context, disk } = status;
  const guest = channel.guest;
  const rows: [string, string][] = [['vm', `${status.name}: ${status.state}`]];
  rows.push([
    'process',
    linkOf(
      process,
      `pid ${process.pid}, ${process.accelerator}, ${process.cpus} CPUs, ${process.memory} MiB`,
    ),
  ]);
  rows.push([
    'channel',
    linkOf(
      channel,
      guest ? `guest ${guest.version}, kernel ${guest.kernel}, up ${duration(guest.uptime)}` : '',
    ),
  ]);
  rows.push([
    'engine',
    linkOf(engine, `${engine.version}, API ${engine.apiVersion}, 127.0.0.1:${status.port}, mutual TLS`),
  ]);
  rows.push(['context', linkOf(context, context.name)]);
  if (guest?.failure)
    rows.push(['failure', `${guest.failure.message} (${guest.failure.code}); ${guest.failure.hint}`]);
  if (guest?.lastFailure) {
    const { failure, began, bootsAgo } = guest.lastFailure;
    const when = `${bootsAgo === 1 ? 'the last boot' : `${bootsAgo} boots ago`}, begun ${began}`;
    rows.push(['before', `${when}: ${failure.message} (${failure.code}); ${failure.hint}`]);
  }
  for (const service of guest?.services ?? []) {
    const restarts = service.restarts > 0 ? `, started again ${service.restarts} times` : '';
    rows.push([service.name, `${service.state}${restarts}`]);
  }
  if (guest?.settings) rows.push(['settings', describeSettings(guest.settings)]);
  if (disk) rows.push(['disk', `${formatSize(disk.size)}, ${formatSize(disk.used)} used here`]);
  if (process.boot)
    rows.push(['boot', process.boot === 'uefi' ? 'UEFI, Secure Boot on' : 'direct, without firmware']);
  if (status.signing)
    rows.push([
      'signed',
      status.signing === 'release' ? 'release key' : 'development key (made on this machine)',
    ]);
  const width = Math.max(...rows.map(([label]) => label.length));
  const table = rows.map(([label, text]) => printable(`${label.padEnd(width)}  ${text}`));
  const exports = Object.entries(status.environment).map(([key, value]) => `export ${key}=${value}`);
  return `${[...table, ...(status.ok ? ['', ...exports] : [])].join('\n')}\n`;
}

function describeSettings({ mode, organization, serial, locked, isolation }: SettingsSummary): string {
  const whose = organization === undefined ? '' : ` by ${organization}, serial ${serial}`;
  return `${mode}${whose}, ${locked} locked${isolation ? '' : ', ISOLATION IS OFF'}`;
}

function linkOf(link: { ok: boolean; problem?: string | undefined }, detail: string): string {
  return link.ok ? `ok: ${detail}` : `broken: ${link.problem ?? 'unknown'}`;
}

function duration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0
    ? `${hours} h ${minutes} min`
    : minutes > 0
      ? `${minutes} min ${seconds % 60} s`
      : `${seconds} s`;
}
