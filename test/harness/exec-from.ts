import type { EngineClient } from '../../host/engine/client.ts';
import { demultiplex } from '../../host/engine/demultiplex.ts';

/** Executes a command in a container. @returns what it or the engine says */
export async function execFrom(
  engine: EngineClient,
  id: string,
  Cmd: readonly string[],
  more: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const body = { Cmd, AttachStdout: true, AttachStderr: true, ...more };
  const created = await engine.request('POST', `/containers/${id}/exec`, { body });
  const { Id, message } = JSON.parse(created.body.toString('utf8')) as { Id?: string; message?: string };
  if (Id === undefined) return message ?? `status ${created.status}`;
  const { status, body: said } = await engine.request('POST', `/exec/${Id}/start`, {
    body: { Detach: false },
  });
  if (status !== 200) return said.toString('utf8');
  const { stdout, stderr } = demultiplex(said);
  return (stdout + stderr).trim();
}
