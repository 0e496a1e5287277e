import { CommanderError } from 'commander';
import { EXIT, exitCodeOf } from './cli/exit-codes.ts';
import { createProgram } from './cli/program.ts';
import { reportError } from './cli/report.ts';
import { asHostError } from './errors.ts';

/** Runs the command line. @returns the exit code */
export async function main(args: readonly string[]): Promise<number> {
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort(new DOMException('interrupted', 'AbortError'));
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  const session = { signal: interrupt.signal, exitCode: EXIT.ok as number };
  try {
    await createProgram(session).parseAsync(args, { from: 'user' });
    return session.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const failure = asHostError(error);
    reportError(failure, args.includes('--json'));
    return exitCodeOf(failure.code);
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}
