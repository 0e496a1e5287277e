/** `bulkhead check-services` runs this on the developer's machine: IMAGE's executables.json, or nothing; answers in JSON. */
import { readFileSync } from 'node:fs';
import { executablesManifest } from '../../policy/manifest/executables.ts';
import { checkServices } from './check.ts';
import { definitions } from './definitions.ts';

const [manifest] = process.argv.slice(2);
const executables =
  manifest === undefined
    ? undefined
    : new Set(
        executablesManifest
          .parse(JSON.parse(readFileSync(manifest, 'utf8')))
          .executables.map(({ path }) => path),
      );
process.stdout.write(JSON.stringify(checkServices(definitions, executables)));
