#!/usr/bin/env node
// The launcher is TypeScript without a build step: tsx translates it as it is loaded.
import { register } from 'tsx/esm/api';

register();
const { main } = await import('./main.ts');
// who reads what is said may go (`bulkhead logs --follow | head`): as if interrupted, and no error
for (const output of [process.stdout, process.stderr]) {
  output.on('error', (error) => {
    if (error.code !== 'EPIPE') throw error;
    if (!process.emit('SIGINT')) process.exit();
  });
}
process.exitCode = await main(process.argv.slice(2));
