import type { HostError } from '../errors.ts';
import type { OnProgress } from '../machine/progress.ts';
import { printable } from '../machine/tail.ts';

type Terminal = Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns'>;

/** An error as a person reads it: what happened, what to do, what the log says. */
export function formatError({ message, hint, log }: Pick<HostError, 'message' | 'hint' | 'log'>): string {
  const lines = [`bulkhead: ${printable(message)}`, `  to do: ${printable(hint)}`];
  if (log.length > 0) lines.push('  log:', ...log.map((line) => `  | ${printable(line)}`));
  return `${lines.join('\n')}\n`;
}

export function reportError(error: HostError, json: boolean, terminal: Terminal = process.stderr): void {
  const { code, message, hint, log } = error;
  terminal.write(json ? `${JSON.stringify({ error: { code, message, hint, log } })}\n` : formatError(error));
}

/**
 * Progress on standard error, so that standard output holds results alone. On a terminal steps share one line;
 * elsewhere each gets its own.
 */
export function showProgress(terminal: Terminal = process.stderr): {
  onProgress: OnProgress;
  end: () => void;
} {
  const started = performance.now();
  let last = '';
  const clear = () => terminal.isTTY && terminal.write('\r\u001b[K');
  const onProgress: OnProgress = (progress) => {
    if (progress.kind === 'step') {
      if (progress.text === last) return;
      last = progress.text;
      const line = `${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s  ${progress.text}`;
      clear();
      terminal.write(terminal.isTTY ? line.slice(0, (terminal.columns || 80) - 1) : `${line}\n`);
      return;
    }
    clear();
    terminal.write(`${progress.kind === 'warning' ? 'warning: ' : ''}${printable(progress.text)}\n`);
    if (progress.kind === 'warning' && progress.hint) terminal.write(`  to do: ${progress.hint}\n`);
  };
  return { onProgress, end: clear };
}
