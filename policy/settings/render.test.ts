import { expect, test } from 'vitest';
import { parseSettings } from './parse.ts';
import { renderUserSettings } from './render.ts';

test('what was rendered reads as what it was rendered from', () => {
  const text = JSON.stringify({
    enhancedContainerIsolation: { value: true, dockerSocketMount: { imageList: { images: ['a:*'] } } },
    linuxVM: {
      dockerDaemonOptions: { value: '{"log-level":"debug"}' },
      vpnkitCIDR: { value: '10.0.3.0/24' },
    },
    bulkhead: { devices: { value: [] }, pidsLimit: { value: 100, unknown: 1 } },
    filesharingAllowedDirectories: [{ path: '$HOME' }],
    unknown: { value: 1 },
  });
  const read = parseSettings(Buffer.from(text), 'user');
  const rendered = renderUserSettings(read);
  expect(rendered).not.toContain('unknown');
  expect(parseSettings(Buffer.from(rendered), 'user')).toEqual({ ...read, warnings: [] });
});
