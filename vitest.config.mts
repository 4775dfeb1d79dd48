import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/**
 * Three projects: `unit` needs nothing but Node; `engine` (every *.engine.test.ts) a container engine
 * and the local base image; `editor` (test/editor) a built extension, the editor and Chromium as well.
 * `npm test` provides all of that. Run one file with `npx vitest run --project unit PATH`.
 */
const alias = {
  'fast-check': fileURLToPath(new URL('test/support/fast-check.ts', import.meta.url)),
};

/** A condition that is waited for comes soon or never: how soon is the machine's business. */
const expect = { poll: { timeout: 15_000 } };

/** What a cluster compiles in the background after its start is of no use to one that lives for a test. */
const quietStart = { SKIFF_REHEARSAL: 'off' };

export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'unit',
          expect,
          include: [
            '{runtime,language-server,extension,scripts}/**/*.test.ts',
            'test/{client,conformance,fuzz,language}/**/*.test.ts',
          ],
          exclude: ['**/*.engine.test.ts', '**/node_modules/**'],
          // Seconds on a machine of its own; what hangs does so for ever.
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // One less than there are processors would leave the second of two idle for a third of the time.
          maxWorkers: Math.max(2, availableParallelism() - 1),
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'engine',
          expect,
          include: ['**/*.engine.test.ts'],
          exclude: ['**/node_modules/**'],
          testTimeout: 120_000,
          hookTimeout: 300_000,
          env: quietStart,
          // They wait for containers half of the time. Each file has a cluster, or ranges, of its own.
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'editor',
          expect,
          include: ['test/editor/**/*.e2e.ts'],
          testTimeout: 600_000,
          hookTimeout: 300_000,
          env: quietStart,
          fileParallelism: false,
        },
      },
    ],
  },
});
