import { defineConfig } from 'vitest/config';
import { bootFiles } from './test/harness/lanes.ts';
import { ControlLast } from './test/harness/order.ts';

/**
 * Three rings. `unit`: pure, beside the code, seconds. `sandbox`: real processes in namespaces of this
 * machine. `boot`: the built image in QEMU; files of a lane (test/harness/lanes.ts) run one after the other, since two cores
 * are emulated. And `long`, which `npm test` leaves out: what takes hours, emulated.
 */
export default defineConfig({
  define: {
    // image/outputs/bundles.ts puts these in
    __BULKHEAD_VERSION__: '"test"',
    __BULKHEAD_SIGNING__: '"development"',
    __BULKHEAD_FLAVOUR__: '"product"',
    __BULKHEAD_PUBLIC_KEY__: '""',
    __BULKHEAD_ORGANIZATION__: 'null',
    __BULKHEAD_MINIMUM_VERSION__: '"0.1.0"',
  },
  test: {
    sequence: { sequencer: ControlLast },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: [
            'test/sandbox/**',
            'test/launch/**',
            'test/runc/**',
            'test/build/**',
            'test/boot/**',
            'test/long/**',
            'node_modules/**',
            'dist/**',
            '.cache/**',
          ],
        },
      },
      {
        test: {
          name: 'sandbox',
          include: ['test/{sandbox,launch,runc,build}/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'boot',
          include: bootFiles('shared'),
          globalSetup: ['test/harness/shared-vm.ts'],
          fileParallelism: false,
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
      {
        test: {
          name: 'boot-own',
          include: bootFiles('own'),
          globalSetup: ['test/harness/calibration.ts'],
          fileParallelism: false,
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
      {
        test: {
          name: 'long',
          include: ['test/long/**/*.test.ts'],
          globalSetup: ['test/harness/calibration.ts'],
          fileParallelism: false,
          testTimeout: 4 * 3_600_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
