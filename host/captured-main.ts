import { vi } from 'vitest';
import { main } from './main.ts';

/**
 * The command line in this process, for tests.
 * @param env what of the environment is another one meanwhile
 * @returns exit code and all that was said
 */
export async function capturedMain(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ status: number; stdout: string; stderr: string }> {
  const said = { stdout: '', stderr: '' };
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  for (const stream of ['stdout', 'stderr'] as const) {
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      said[stream] += text;
      return true;
    });
  }
  try {
    return { status: await main([...args]), ...said };
  } finally {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  }
}
