import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { CERTIFICATE_FILES } from '../../certificates/files.ts';
import type { ClientRole } from '../../certificates/issue.ts';
import { describeCertificate, rememberIssued } from '../../certificates/issued.ts';
import { endpointHost } from '../../docker/context.ts';
import { HostError } from '../../errors.ts';
import { loadSettings, runningRecord } from '../../machine/record.ts';
import { saveText } from '../../machine/store.ts';
import { pathsOf, type Session } from '../session.ts';
import { authorityOf } from './clients.ts';

/** Fit for a log, a refusal and a command line. */
const CLIENT_NAME = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;

interface Options {
  to: string;
  role: ClientRole;
  json?: boolean;
}

export function addIssue(certificate: Command, _session: Session): Command {
  return certificate
    .command('issue')
    .description('make a certificate with which another client reaches the engine')
    .argument('<client>', 'who it is for, as refusals and the log call it')
    .requiredOption('--to <folder>', 'to put ca.pem, cert.pem and key.pem in, for DOCKER_CERT_PATH')
    .addOption(
      new Option('--role <role>', 'user: all but plugins and changes of a swarm')
        .choices(['user', 'admin'])
        .default('user'),
    )
    .option('--json', 'print it as JSON')
    .action(async (client: string, options: Options, command: Command) => {
      if (!CLIENT_NAME.test(client))
        throw new HostError('bad-option', `${JSON.stringify(client)} is no name of a client`, {
          hint: 'a name is 1 to 64 of letters, digits and . _ @ -, and begins with a letter or a digit',
        });
      const paths = pathsOf(command);
      const authority = await authorityOf(paths);
      const files = await emptyPlaces(options.to);
      const made = await authority.issueClient(client, options.role);
      const described = describeCertificate(made.certificate, { name: client, role: options.role });
      // remembered first: what nobody knows of could not be revoked by its name
      await rememberIssued(paths.authority, described);
      await saveText(files.key, made.key);
      await saveText(files.certificate, made.certificate);
      await saveText(files.ca, authority.certificate);
      const port = (await runningRecord(paths))?.port ?? (await loadSettings(paths)).port;
      const host = port === undefined ? 'tcp://127.0.0.1:PORT' : endpointHost(port);
      process.stdout.write(
        options.json
          ? `${JSON.stringify({ ...described, folder: options.to, host })}\n`
          : `${client} is ${options.role === 'admin' ? 'an admin' : 'a user'} until ${described.expires.slice(0, 10)}, ` +
              `sha256 ${described.fingerprint}\n` +
              `  DOCKER_HOST=${host} DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=${options.to} docker ps\n` +
              '  key.pem is as good as a password: hand it over as one\n',
      );
    });
}

/** @throws {HostError} `file-unusable` when something is there already */
async function emptyPlaces(folder: string): Promise<Record<'ca' | 'certificate' | 'key', string>> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { ca, certificate, key } = CERTIFICATE_FILES;
  const taken = [ca, certificate, key].find((file) => existsSync(join(folder, file)));
  if (taken !== undefined)
    throw new HostError('file-unusable', `${join(folder, taken)} is there already: nothing was made`, {
      hint: 'name another folder with --to',
    });
  return { ca: join(folder, ca), certificate: join(folder, certificate), key: join(folder, key) };
}
