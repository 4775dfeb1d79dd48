import { defineConfig } from 'vitest/config';

/**
 * Two projects: `unit` needs nothing but Node, `engine` needs a container engine (test/engine and
 * every *.engine.test.ts). Run one with `npx vitest run --project unit PATH`.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            '{runtime,language-server,extension,scripts}/**/*.test.ts',
            'test/unit/**/*.test.ts',
          ],
          exclude: ['**/*.engine.test.ts', '**/node_modules/**'],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'engine',
          include: ['**/*.engine.test.ts'],
          exclude: ['**/node_modules/**'],
          testTimeout: 120_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
