/**
 * A real editor with Skiff in it: the VS Code server on a port of its own, its workbench in
 * Chromium, everything it writes in a directory that goes with it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { ensureChromium, ensureEditor } from '../../../scripts/setup/editor.mjs';

export const root = resolve(import.meta.dirname, '../../..');
const screenshots = join(root, 'out', 'screenshots');

export interface EditorOptions {
  /** Opened as the workspace; its .vscode/settings.json is written. */
  workspace: string;
  settings?: Record<string, unknown>;
  /** Opens in restricted mode, which a person then leaves or not. */
  isRestricted?: boolean;
  /** A bundle whose `run()` is called inside the extension host. */
  extensionTests?: string;
  /** Variables of the server's process, which extensions see. */
  env?: Record<string, string>;
  /** Told of the exit code of `extensionTests` and of what they print. */
  onExit?: (code: number) => void;
  onLog?: (line: string) => void;
}

/** What keeps the workbench still: nothing of its own pops up, moves or phones. */
const quiet = {
  'chat.disableAIFeatures': true,
  'workbench.startupEditor': 'none',
  'workbench.enableExperiments': false,
  'workbench.tips.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.colorTheme': 'Default Dark Modern',
  'extensions.ignoreRecommendations': true,
  'git.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'window.menuBarVisibility': 'compact',
  'editor.minimap.enabled': false,
  'security.workspace.trust.enabled': false,
};

export class Editor {
  readonly page: Page;
  readonly #browser: Browser;
  readonly #server: ChildProcess;
  readonly #home: string;
  #shots = 0;

  private constructor(page: Page, browser: Browser, server: ChildProcess, home: string) {
    this.page = page;
    this.#browser = browser;
    this.#server = server;
    this.#home = home;
  }

  static async start(options: EditorOptions): Promise<Editor> {
    const [{ node, serverMain }, executablePath] = await Promise.all([
      ensureEditor(),
      ensureChromium(),
    ]);
    const home = await mkdtemp(join(tmpdir(), 'skiff-editor-'));
    const port = await freePort();
    const settings = { ...quiet, ...options.settings };
    await mkdir(join(options.workspace, '.vscode'), { recursive: true });
    await writeFile(
      join(options.workspace, '.vscode/settings.json'),
      JSON.stringify(settings, undefined, 2),
    );
    const server = spawn(
      node,
      [
        serverMain,
        '--host=127.0.0.1',
        `--port=${port}`,
        '--without-connection-token',
        '--accept-server-license-terms',
        ...(options.isRestricted === true ? [] : ['--disable-workspace-trust']),
        '--disable-telemetry',
        // Without it a built workbench takes no extension under development from its address.
        '--enable-smoke-test-driver',
        `--server-data-dir=${home}`,
      ],
      { env: { ...process.env, ...options.env }, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    try {
      await listening(port, server);
      const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
      await page.exposeFunction('codeAutomationExit', (code: number) => options.onExit?.(code));
      await page.exposeFunction('codeAutomationLog', (_type: string, args: unknown[]) =>
        options.onLog?.(args.map(String).join(' ')),
      );
      const remote = (path: string) => `vscode-remote://127.0.0.1:${port}${path}`;
      const payload = [
        ['extensionDevelopmentPath', remote(root)],
        ['skipWelcome', 'true'],
        ...(options.extensionTests === undefined
          ? []
          : [['extensionTestsPath', remote(options.extensionTests)]]),
      ];
      const query = new URLSearchParams({
        folder: options.workspace,
        payload: JSON.stringify(payload),
      });
      await page.goto(`http://127.0.0.1:${port}/?${query}`);
      await page.locator('.monaco-workbench .statusbar').waitFor({ timeout: 60_000 });
      // What the extension contributes is there when its view is.
      await page.locator('.activitybar [aria-label^="Skiff"]').first().waitFor({ timeout: 60_000 });
      await hideSecondarySideBar(page);
      return new Editor(page, browser, server, home);
    } catch (error) {
      await browser.close();
      server.kill();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#browser.close();
    const gone = new Promise((done) => this.#server.once('exit', done));
    this.#server.kill();
    await gone;
    await rm(this.#home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }

  /** Into out/screenshots, numbered in the order in which they were taken. */
  async screenshot(name: string): Promise<void> {
    await mkdir(screenshots, { recursive: true });
    const number = String(++this.#shots).padStart(2, '0');
    await this.page.screenshot({
      path: join(screenshots, `${name.replace(/\W+/g, '-')}-${number}.png`),
    });
  }
}

/** It opens by itself where no person has closed it before, and there is nothing in it. */
async function hideSecondarySideBar(page: Page): Promise<void> {
  const bar = page.locator('.part.auxiliarybar');
  await bar.waitFor({ timeout: 3000 }).catch(() => {});
  if (await bar.isVisible()) await page.keyboard.press('ControlOrMeta+Alt+b');
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => done(port));
    });
  });
}

async function listening(port: number, server: ChildProcess): Promise<void> {
  let output = '';
  server.stdout?.on('data', (chunk) => {
    output = `${output}${chunk}`.slice(-4000);
  });
  server.stderr?.on('data', (chunk) => {
    output = `${output}${chunk}`.slice(-4000);
  });
  for (let waited = 0; waited < 60_000; waited += 100) {
    if (server.exitCode !== null) throw new Error(`the editor ended: ${output}`);
    const answer = await fetch(`http://127.0.0.1:${port}/version`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`the editor does not answer: ${output}`);
}
