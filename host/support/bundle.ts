import { open, readFile } from 'node:fs/promises';
import { arch, cpus, homedir, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { formatFindings } from '../cli/doctor.ts';
import { formatStatus } from '../cli/status.ts';
import { diagnose } from '../doctor/checks.ts';
import { gatherFacts } from '../doctor/facts.ts';
import { asHostError, hasSystemCode } from '../errors.ts';
import { formatEvent, formatHappening } from '../events/describe.ts';
import { readEvents } from '../events/events.ts';
import { inspectMachine } from '../machine/inspect.ts';
import type { MachinePaths } from '../machine/paths.ts';
import { logOfBoot } from '../machine/rotate.ts';
import { printable } from '../machine/tail.ts';
import { renderMetrics } from '../metrics/exposition.ts';
import { askVm } from '../settings/ask.ts';
import { formatTimeline } from '../timeline/table.ts';
import { timelineOf } from '../timeline/timeline.ts';
import { knownSecrets, redact } from './redact.ts';

/** Of each log, at most so much of its end: bytes of text, and lines. */
const TAIL_BYTES = 256 * 1024;
const TAIL_LINES = 2000;

type Section = readonly [title: string, content: () => Promise<string>];

/**
 * All that somebody needs who helps, as one text that its owner can read before he sends it. What looks like a secret
 * is taken out, and so is the name of the home folder. A part that cannot be had says why instead.
 */
export async function makeBundle(
  paths: MachinePaths,
  options: { version: string; image: string; env: NodeJS.ProcessEnv; signal?: AbortSignal },
): Promise<string> {
  const { version, image, env, signal } = options;
  const sections: Section[] = [
    ['machine', async () => describeMachine(version)],
    ['doctor', async () => formatFindings(diagnose(await gatherFacts(paths, image)))],
    ['status', async () => formatStatus(await inspectMachine({ name: paths.name, env }))],
    ['status, as JSON', async () => json(await inspectMachine({ name: paths.name, env }))],
    ['settings in force', async () => json(await askVm(paths, 'settings.get', {}, signal))],
    ['metrics', async () => renderMetrics((await askVm(paths, 'metrics', {}, signal)).families)],
    ...[0, -1].flatMap((boot): Section[] => {
      const events = () => readEvents(logOfBoot(paths.events, boot));
      return [
        [`timeline of boot ${boot}`, async () => withTimeline(await events())],
        [
          `events of boot ${boot}`,
          async () =>
            lines(await events(), (event) => (event.kind === 'log' ? undefined : formatHappening(event))),
        ],
        [`log of boot ${boot}`, async () => lines(await events(), formatEvent)],
        [`console of boot ${boot}`, () => tail(logOfBoot(paths.console, boot))],
      ];
    }),
    ['QEMU', () => tail(paths.qemuLog)],
  ];
  const known = knownSecrets(env, await dockerConfiguration(paths));
  const parts: string[] = [];
  for (const [title, content] of sections)
    parts.push(`===== ${title} =====\n${hideHome(redact(await orWhyNot(content), known), env)}\n`);
  return parts.join('\n');
}

function describeMachine(version: string): string {
  const processors = cpus();
  return json({
    launcher: version,
    node: process.version,
    kernel: release(),
    arch: arch(),
    cpus: `${processors.length} × ${processors[0]?.model ?? 'unknown'}`,
    memory: totalmem(),
    time: new Date().toISOString(),
  });
}

function withTimeline(events: Awaited<ReturnType<typeof readEvents>>): string {
  const timeline = timelineOf(events);
  return timeline === undefined ? 'there are no events of that boot' : formatTimeline(timeline);
}

function lines<T>(items: readonly T[], format: (item: T) => string | undefined): string {
  return items
    .map(format)
    .filter((line) => line !== undefined)
    .slice(-TAIL_LINES)
    .join('\n');
}

/** The end of a text file, from a line's beginning. */
async function tail(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - TAIL_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
    const text = buffer.toString('utf8', 0, bytesRead);
    return lines(text.slice(start === 0 ? 0 : text.indexOf('\n') + 1).split(/\r*\n/), printable);
  } finally {
    await file.close();
  }
}

async function orWhyNot(content: () => Promise<string>): Promise<string> {
  try {
    return (await content()).trimEnd();
  } catch (error) {
    const { message, code } = asHostError(error);
    return `(not here: ${hasSystemCode(error, 'ENOENT') ? 'there is no such file' : `${message}, ${code}`})`;
  }
}

async function dockerConfiguration(paths: MachinePaths): Promise<unknown> {
  try {
    return JSON.parse(await readFile(join(paths.dockerConfig, 'config.json'), 'utf8'));
  } catch (error) {
    // Not there or not readable: then no secret of it can be known.
    if (error instanceof SyntaxError || hasSystemCode(error, 'ENOENT', 'EACCES', 'ENOTDIR')) return undefined;
    throw error;
  }
}

function hideHome(text: string, env: NodeJS.ProcessEnv): string {
  const home = env.HOME || homedir();
  return home.length > 1 ? text.replaceAll(`${home}/`, '~/') : text;
}

function json(value: unknown): string {
  return JSON.stringify(value, undefined, 2);
}
