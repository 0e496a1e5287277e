import type { Command } from 'commander';
import { HostError } from '../../errors.ts';
import { writeNew } from '../../settings/files.ts';
import { checkDocument } from './check.ts';

export function addInit(policy: Command): Command {
  return policy
    .command('init')
    .description('write a document to begin with; docs/settings.md says what each key does')
    .argument('[file]', 'that is not there yet; - for standard output', 'admin-settings.json')
    .option('--organization <name>', 'whose it is', 'example')
    .action(async (file: string, { organization }: { organization: string }) => {
      const text = starter(organization);
      const { error } = checkDocument(file, Buffer.from(text), 'admin');
      if (error) throw new HostError('bad-option', `--organization: ${error.message}`, { hint: error.hint });
      if (file === '-') process.stdout.write(text);
      else {
        await writeNew(file, text);
        process.stdout.write(
          `${file} is written\n  next: bulkhead policy check ${file}; bulkhead policy sign ${file} --key KEY\n`,
        );
      }
    });
}

/** What most administrators want to decide; locked is what guards the others. */
export function starter(organization: string): string {
  const document = {
    configurationFileVersion: 2,
    organization,
    serial: 1,
    enhancedContainerIsolation: {
      locked: true,
      value: true,
      dockerSocketMount: {
        imageList: { images: [] },
        commandList: { type: 'deny', commands: [] },
      },
    },
    exposeDockerAPIOnTCP2375: { locked: true, value: false },
    blockDockerLoad: { locked: false, value: false },
    portBindingBehavior: { locked: false, value: 'default-local-port-binding' },
    linuxVM: { dockerDaemonOptions: { locked: true, value: '{}' } },
    proxy: { locked: false, mode: 'system' },
    bulkhead: {
      privileged: { locked: true, value: 'confine' },
      plugins: { locked: true, value: false },
      swarm: { locked: false, value: true },
      buildEntitlements: { locked: true, value: [] },
    },
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
