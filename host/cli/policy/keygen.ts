import type { Command } from 'commander';
import { makeKeyPair } from '../../settings/files.ts';

export function addKeygen(policy: Command): Command {
  return policy
    .command('keygen')
    .description('make a pair of keys to sign documents with; minisign reads it too')
    .argument('<folder>', 'to put settings.key and settings.pub in')
    .action(async (folder: string) => {
      const paths = await makeKeyPair(folder);
      process.stdout.write(
        `${paths.secret} signs: keep it where no user of these machines can read it\n` +
          `  it has no password; \`minisign -G\` makes one that has, which \`bulkhead policy sign\` takes as well\n` +
          `${paths.public} goes to the machines: bulkhead enroll ${paths.public} --organization NAME\n`,
      );
    });
}
