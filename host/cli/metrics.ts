import { once } from 'node:events';
import type { Command } from 'commander';
import { serveMetrics } from '../metrics/endpoint.ts';
import { renderMetrics } from '../metrics/exposition.ts';
import { askVm } from '../settings/ask.ts';
import { pathsOf, type Session } from './session.ts';
import { integer } from './up.ts';

export function addMetrics(program: Command, session: Session): Command {
  return program
    .command('metrics')
    .description("print what the VM measures of itself, in Prometheus' text format")
    .option('--listen <port>', 'serve it at http://127.0.0.1:PORT/metrics until Ctrl-C; 0: a free port')
    .action(async (options: { listen?: string }, command: Command) => {
      const paths = pathsOf(command);
      const collect = async () => renderMetrics((await askVm(paths, 'metrics', {}, session.signal)).families);
      if (options.listen === undefined) {
        process.stdout.write(await collect());
        return;
      }
      const { server, port } = await serveMetrics(integer('--listen', options.listen, 0, 65535), collect);
      process.stdout.write(`http://127.0.0.1:${port}/metrics\n`);
      if (!session.signal.aborted) await once(session.signal, 'abort');
      server.closeAllConnections();
      server.close();
    });
}
