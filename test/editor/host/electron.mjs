// The same tests in a desktop VS Code, as @vscode/test-electron runs them. It downloads VS Code
// unless VSCODE_EXECUTABLE names one. On Linux without a display: xvfb-run node test/editor/host/electron.mjs
import { resolve } from 'node:path';
import { runTests } from '@vscode/test-electron';
import { bundleHostTests } from './bundle.mjs';

try {
  const executable = process.env.VSCODE_EXECUTABLE;
  await runTests({
    ...(executable === undefined ? {} : { vscodeExecutablePath: executable }),
    version: process.env.VSCODE_VERSION ?? 'stable',
    extensionDevelopmentPath: resolve(import.meta.dirname, '../../..'),
    extensionTestsPath: await bundleHostTests(),
    launchArgs: ['--disable-extensions', '--disable-workspace-trust'],
  });
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
