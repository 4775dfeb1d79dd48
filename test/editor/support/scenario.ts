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

export interface Scenario {
  readonly workspace: string;
  readonly editor: Editor;
  readonly workbench: Workbench;
}

/**
 * Call inside `describe`. Starts an editor on an empty workspace that `fill` has filled, with a
 * cluster that does not run yet; steps after one that failed are skipped; nothing stays behind.
 */
export function useScenario(name: string, fill: (workspace: string) => Promise<void>): Scenario {
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
      },
      env: { XDG_DATA_HOME: join(home, 'data') },
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
    const args = [join(root, 'dist/skiff.js'), 'down', '--name', cluster, '--purge'];
    const env = { ...process.env, XDG_DATA_HOME: join(home, 'data') };
    // Whatever went wrong, no container of this test stays.
    await new Promise<void>((done) => execFile(process.execPath, args, { env }, () => done()));
    await rm(home, { recursive: true, force: true });
  });

  const started = (): Editor => {
    if (editor === undefined) throw new Error('the editor has not started');
    return editor;
  };
  return {
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
