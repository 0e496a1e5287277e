import { readFile, writeFile } from 'node:fs/promises';
import { Argument, type Command } from 'commander';
import {
  mergeSocketMounts,
  type PresetName,
  presetNames,
  presets,
  type SocketMount,
  socketMountOf,
} from '../../../policy/docker-socket/presets.ts';
import * as z from '../../../policy/zod.ts';
import { HostError } from '../../errors.ts';
import { checkDocument } from './check.ts';

/** What of a document is looked at: it has been checked whole before. */
const socketPart = z.object({
  imageList: z._default(
    z.object({ images: z.array(z.string()), allowDerivedImages: z._default(z.boolean(), false) }),
    { images: [], allowDerivedImages: false },
  ),
  commandList: z._default(z.object({ type: z.enum(['allow', 'deny']), commands: z.array(z.string()) }), {
    type: 'deny',
    commands: [],
  }),
});
const documentPart = z.looseObject({
  enhancedContainerIsolation: z.optional(z.looseObject({ dockerSocketMount: z.optional(z.unknown()) })),
});

export function addPreset(policy: Command): Command {
  return policy
    .command('preset')
    .description(
      'what a tool needs that asks the engine out of a container; docs/presets.md says what it opens',
    )
    .addArgument(new Argument('<name>', 'of the tool').choices(presetNames))
    .option('--into <file>', 'put it into this document, which has to be signed afterwards')
    .action(async (name: PresetName, { into }: { into?: string }) => {
      const wanted = socketMountOf(presets[name]);
      if (into === undefined) {
        const fragment = {
          enhancedContainerIsolation: { locked: true, value: true, dockerSocketMount: wanted },
        };
        process.stdout.write(`${JSON.stringify(fragment, undefined, 2)}\n`);
        process.stderr.write(`${presets[name].opens}\n`);
        return;
      }
      const text = await readFile(into).catch((cause: unknown) => {
        throw new HostError('file-unusable', `${into} cannot be read`, { cause });
      });
      const { error } = checkDocument(into, text, 'admin');
      if (error) throw new HostError('settings-invalid', `${into}: ${error.message}`, { hint: error.hint });
      await writeFile(into, `${JSON.stringify(withPreset(text, wanted, name), undefined, 2)}\n`);
      process.stdout.write(
        `${into} has ${name}. ${presets[name].opens}\n` +
          `  next: raise its serial; bulkhead policy check ${into}; bulkhead policy sign ${into} --key KEY\n`,
      );
    });
}

/** @param text of a document that was checked @throws {HostError} `settings-invalid` when a person must decide */
export function withPreset(text: Buffer, wanted: SocketMount, name: string): unknown {
  const document = documentPart.parse(JSON.parse(text.toString('utf8').replace(/^\ufeff/, '')));
  const { dockerSocketMount: present, ...isolation } = document.enhancedContainerIsolation ?? {
    locked: true,
    value: true,
  };
  const merged = mergeSocketMounts(socketPart.parse(present ?? {}), wanted);
  if (merged === undefined)
    throw new HostError(
      'settings-invalid',
      `${name} has a list of commands of another type (${wanted.commandList.type}) than the document`,
      { hint: 'there is one list of commands for all images: merge it by hand, see docs/presets.md' },
    );
  return { ...document, enhancedContainerIsolation: { ...isolation, dockerSocketMount: merged } };
}
