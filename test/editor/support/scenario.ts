/** What every scenario needs: a workspace of its own, a cluster of its own, and order. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { Editor, root } from './editor.ts';
import { Workbench } from './workbench.ts';

/** Made by scripts/images/local-base.mjs where no registry can be reached. */
export const baseImage = process.env.SKIFF_BASE_IMAGE ?? 'skiff.local/base:1';

export interface ScenarioOptions {
  settings?: Record<string, unknown>;
  /** As the same option of the editor. */
  isRestricted?: boolean;
  /** More variables for the editor; `home` goes with the scenario. */
  env?: (home: string) => Record<string, string>;
}

export interface Scenario {
  /** For files that are none of the workspace's. */
  readonly home: string;
  /** The name of its cluster. */
  readonly cluster: string;
  /** Runs dist/skiff.js as the editor does. Rejects with what it said. */
  skiff(...args: string[]): Promise<string>;
  /** Ends a cluster's process as a crash would. */
  kill(cluster: string): Promise<void>;
  readonly workspace: string;
  readonly editor: Editor;
  readonly workbench: Workbench;
}

/**
 * Call inside `describe`. Starts an editor on an empty workspace that `fill` has filled, with a
 * cluster that does not run yet; steps after one that failed are skipped; nothing stays behind.
 */
export function useScenario(
  name: string,
  fill: (workspace: string) => Promise<void>,
  options: ScenarioOptions = {},
): Scenario {
  const cluster = `e2e-${name}-${process.pid}`;
  let home = '';
  let editor: Editor | undefined;
  let isBroken = false;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), `skiff-${name}-`));
    const workspace = join(home, 'workspace');
    await mkdir(workspace);
    await fill(workspace);
    editor = await Editor.start({
      workspace,
      settings: {
        'skiff.cluster.name': cluster,
        'skiff.cluster.engine': process.env.SKIFF_E2E_ENGINE ?? 'docker',
        'skiff.build.baseImage': baseImage,
        // Letters in the document instead of on a canvas, so that they can be read.
        'terminal.integrated.gpuAcceleration': 'off',
        ...options.settings,
      },
      env: environment(),
      isRestricted: options.isRestricted === true,
    });
  });

  beforeEach(({ skip }) => skip(isBroken, 'an earlier step failed'));

  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail') return;
    isBroken = true;
    await editor?.screenshot(`${name}-failed`);
  });

  afterAll(async () => {
    await editor?.close();
    // Whatever went wrong, no container of this test stays.
    await skiff('down', '--name', cluster, '--purge').catch(() => {});
    await rm(home, { recursive: true, force: true });
  });

  const environment = () => ({ XDG_DATA_HOME: join(home, 'data'), ...options.env?.(home) });
  const skiff = (...args: string[]) =>
    new Promise<string>((done, fail) => {
      const env = { ...process.env, ...environment() };
      const all = [join(root, 'dist/skiff.js'), ...args];
      execFile(process.execPath, all, { env }, (error, stdout, stderr) =>
        error === null ? done(stdout) : fail(new Error(`${stderr}${stdout}`)),
      );
    });

  const started = (): Editor => {
    if (editor === undefined) throw new Error('the editor has not started');
    return editor;
  };
  return {
    cluster,
    skiff,
    kill: async (name) => {
      const status: unknown = JSON.parse(await skiff('status', '--name', name, '-o', 'json'));
      process.kill((status as { pid: number }).pid, 'SIGKILL');
    },
    get home() {
      return home;
    },
    get workspace() {
      return join(home, 'workspace');
    },
    get editor() {
      return started();
    },
    get workbench() {
      return new Workbench(started().page);
    },
  };
}
