#!/usr/bin/env node
// The launcher is TypeScript without a build step: tsx translates it as it is loaded.
import { register } from 'tsx/esm/api';

register();
const { main } = await import('./main.ts');
process.exitCode = await main(process.argv.slice(2));
