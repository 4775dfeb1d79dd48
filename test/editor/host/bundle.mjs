// Bundles the tests that run inside the extension host; the result is what an editor is pointed at.
import { resolve } from 'node:path';
import { build } from 'esbuild';

const root = resolve(import.meta.dirname, '../../..');

/** @returns {Promise<string>} the path of the bundle */
export async function bundleHostTests() {
  const outfile = resolve(root, 'out/host-tests.cjs');
  await build({
    absWorkingDir: root,
    entryPoints: ['test/editor/host/suite.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    // Mocha loads its own files by path: it is not for bundling.
    external: ['vscode', 'mocha'],
    logLevel: 'warning',
  });
  return outfile;
}
