import { isHostError } from '../../../host/errors.ts';
import type { Asked } from '../../harness/probes.ts';
import type { Ground } from './ground.ts';

/** What a container of its own says to a line of busybox sh; or why there is none. */
export async function start(ground: Ground, line: string, asked: Asked = {}): Promise<string> {
  try {
    const spec = ground.prober.spec({ Cmd: ['sh', '-c', line], ...asked });
    const { stdout, stderr } = await ground.run(spec);
    return (stdout + stderr).trim();
  } catch (error) {
    if (!isHostError(error)) throw error;
    return error.message;
  }
}
