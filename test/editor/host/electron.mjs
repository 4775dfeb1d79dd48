// The tests of suite.ts in a desktop VS Code, as @vscode/test-electron runs them; the same bundle
// runs in the editor's server (host.e2e.ts). It downloads VS Code (VSCODE_VERSION, or the newest)
// unless VSCODE_EXECUTABLE names one. On Linux without a display: xvfb-run npm run test:electron
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { downloadAndUnzipVSCode, runTests } from '@vscode/test-electron';
import { bundleHostTests } from './bundle.mjs';

const root = resolve(import.meta.dirname, '../../..');
const home = await mkdtemp(join(tmpdir(), 'skiff-electron-'));
try {
  await runTests({
    vscodeExecutablePath: await editor(),
    extensionDevelopmentPath: root,
    extensionTestsPath: await bundleHostTests(),
    extensionTestsEnv: { XDG_DATA_HOME: join(home, 'data') },
    launchArgs: ['--disable-extensions', `--user-data-dir=${join(home, 'user')}`],
  });
} catch (error) {
  console.error(`test:electron: ${error.message}`);
  process.exitCode = 1;
} finally {
  await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

/** @returns {Promise<string>} the path of an editor that can be started here */
async function editor() {
  if (process.platform === 'linux' && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) {
    throw new Error('there is no display. Run: xvfb-run npm run test:electron');
  }
  const { VSCODE_EXECUTABLE, VSCODE_VERSION = 'stable' } = process.env;
  if (VSCODE_EXECUTABLE) return VSCODE_EXECUTABLE;
  try {
    return await downloadAndUnzipVSCode({ version: VSCODE_VERSION });
  } catch (error) {
    const reason = error.cause?.message ?? error.message;
    throw new Error(
      `VS Code could not be downloaded (${reason}). Set VSCODE_EXECUTABLE to one that is installed, ` +
        'or run the same tests in the editor that is: npm test -- editor',
      { cause: error },
    );
  }
}
