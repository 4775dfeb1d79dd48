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

export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'unit',
          include: [
            '{runtime,language-server,extension,scripts}/**/*.test.ts',
            'test/{client,conformance,fuzz,language}/**/*.test.ts',
          ],
          exclude: ['**/*.engine.test.ts', '**/node_modules/**'],
          testTimeout: 20_000,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'engine',
          include: ['**/*.engine.test.ts'],
          exclude: ['**/node_modules/**'],
          testTimeout: 120_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'editor',
          include: ['test/editor/**/*.e2e.ts'],
          testTimeout: 600_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
