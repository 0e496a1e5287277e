import { describe, expect, it } from 'vitest';
import { isolatedEnvironment, machinePaths } from './paths.ts';

describe('machinePaths()', () => {
  it('follows the XDG variables', () => {
    const paths = machinePaths('x', {
      HOME: '/home/u',
      XDG_DATA_HOME: '/d',
      XDG_STATE_HOME: '/s',
      XDG_RUNTIME_DIR: '/run/user/1',
      DOCKER_CONFIG: '/docker',
    });
    expect(paths).toMatchObject({
      dataDisk: '/d/bulkhead/x/data.img',
      stateDisk: '/d/bulkhead/x/state.img',
      events: '/s/bulkhead/x/events.log',
      control: '/run/user/1/bulkhead/x/control.sock',
      dockerConfig: '/docker',
    });
  });

  it('has the defaults of the specification, and ignores relative values', () => {
    const paths = machinePaths('x', { HOME: '/home/u', XDG_DATA_HOME: 'relative' });
    expect(paths.data).toBe('/home/u/.local/share/bulkhead/x');
    expect(paths.state).toBe('/home/u/.local/state/bulkhead/x');
    expect(paths.dockerConfig).toBe('/home/u/.docker');
    expect(paths.runtime).toMatch(/^\/tmp\/bulkhead-\d+\/[0-9a-f]{12}$/);
  });

  it('keeps socket paths within 107 bytes, apart for each data directory', () => {
    const at = (directory: string) =>
      machinePaths('x', isolatedEnvironment(`/${'long/'.repeat(25)}${directory}`));
    expect(at('a').control.length).toBeLessThanOrEqual(107);
    expect(at('a').runtime).not.toBe(at('b').runtime);
  });
});
