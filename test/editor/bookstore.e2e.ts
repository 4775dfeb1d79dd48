/**
 * The main path, as a person goes it: write a manifest, be told of a mistake, deploy, see the pods
 * and their logs, scale, undo it all. A real editor, a real cluster, and unless
 * SKIFF_E2E_ENGINE=simulated real containers.
 */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, it } from 'vitest';
import { Editor, root } from './support/editor.ts';
import { expect } from './support/playwright.ts';
import { type Tree, Workbench } from './support/workbench.ts';

/** Made by scripts/images/local-base.mjs where no registry can be reached. */
const baseImage = process.env.SKIFF_BASE_IMAGE ?? 'skiff.local/base:1';
const engine = process.env.SKIFF_E2E_ENGINE ?? 'docker';
const name = `e2e-${process.pid}`;
const services = ['catalog', 'inventory', 'orders', 'payments', 'reviews', 'storefront'];
const startMs = 120_000;

describe('the bookstore, from a manifest to pods and back', () => {
  let home = '';
  let editor: Editor;
  let workbench: Workbench;
  let tree: Tree;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'skiff-bookstore-'));
    const workspace = join(home, 'workspace');
    await cp(join(root, 'examples/bookstore'), join(workspace, 'bookstore'), { recursive: true });
    editor = await Editor.start({
      workspace,
      settings: {
        'skiff.cluster.name': name,
        'skiff.cluster.engine': engine,
        'skiff.build.baseImage': baseImage,
      },
      env: { XDG_DATA_HOME: join(home, 'data') },
    });
    workbench = new Workbench(editor.page);
  });

  // Each step stands on the one before it.
  let isBroken = false;
  beforeEach(({ skip }) => skip(isBroken, 'an earlier step failed'));
  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail') return;
    isBroken = true;
    await editor?.screenshot('bookstore-failed');
  });

  afterAll(async () => {
    await editor?.close();
    await purge(home);
    await rm(home, { recursive: true, force: true });
  });

  it('underlines a field that does not exist and is content when it is right again', async () => {
    const pane = await workbench.open('catalog.yaml');
    await pane.codeLens('Deploy').waitFor();
    await pane.replace('replicas: 2', 'replica: 2');
    await pane.squiggles().first().waitFor();
    await expect(workbench.problems()).toContainText('1');
    await editor.screenshot('bookstore-problem');
    await pane.replace('replica: 2', 'replicas: 2');
    await expect(pane.squiggles()).toHaveCount(0);
    await expect(workbench.problems()).toContainText('0');
    await pane.save();
  });

  it('starts the cluster and deploys the folder in one go', async () => {
    await workbench.explorerMenu('bookstore', 'Deploy');
    const build = workbench.dialog().getByRole('button', { name: 'Build', exact: true });
    const rollout = workbench.tab('Rollout: bookstore');
    await build.or(rollout).first().waitFor({ timeout: startMs });
    if (await build.isVisible()) await build.click();
    await rollout.waitFor({ timeout: startMs });
    const page = await workbench.webview();
    await editor.screenshot('bookstore-rollout');
    await expect(page.locator('h1')).toContainText('All 6 workloads rolled out', startMs);
    await editor.screenshot('bookstore-rolled-out');
  });

  it('shows every pod running and ready', async () => {
    tree = await workbench.openView();
    await tree.expand('Pods');
    for (const service of services) {
      await tree
        .row(new RegExp(`^Pod, ${service}-.*Running · 1/1`))
        .first()
        .waitFor();
    }
    await editor.screenshot('bookstore-pods');
  });

  it('shows what a pod writes', async () => {
    await tree.press(/^Pod, catalog-/, 'Show Logs');
    await workbench.tab('Logs: catalog-').waitFor();
    const page = await workbench.webview();
    await page.locator('.line .text').first().waitFor({ timeout: 30_000 });
    await editor.screenshot('bookstore-logs');
  });

  it('rolls out a manifest that was scaled', async () => {
    const pane = await workbench.open('catalog.yaml');
    await pane.replace('replicas: 2', 'replicas: 3');
    await pane.codeLens('Deploy').click();
    await workbench.tab('Rollout: catalog.yaml').waitFor();
    const page = await workbench.webview();
    await expect(page.locator('.count')).toContainText('3 of 3 ready', 60_000);
    await expect(page.locator('h1')).toContainText('Rolled out');
    await expect(tree.row(/^Pod, catalog-.*Running · 1\/1/)).toHaveCount(3);
    await editor.screenshot('bookstore-scaled');
  });

  it('takes away what the folder declares', async () => {
    await workbench.explorerMenu('bookstore', 'Undeploy…');
    await workbench.dialog().waitFor();
    await editor.screenshot('bookstore-undeploy');
    await workbench.pressInDialog('Delete');
    await workbench.openView();
    await expect(tree.row(/^Pod, /)).toHaveCount(0, 90_000);
    await editor.screenshot('bookstore-gone');
  });

  it('stops the cluster and offers to start it again', async () => {
    await workbench.run('Skiff: Stop Cluster');
    await expect(tree.welcome()).toContainText('No cluster is running', 60_000);
    await editor.screenshot('bookstore-stopped');
  });
});

/** Whatever went wrong, no container of this test stays. */
async function purge(home: string): Promise<void> {
  const { execFile } = await import('node:child_process');
  const args = [join(root, 'dist/skiff.js'), 'down', '--name', name, '--purge'];
  await new Promise<void>((done) => {
    const env = { ...process.env, XDG_DATA_HOME: join(home, 'data') };
    execFile(process.execPath, args, { env }, () => done());
  });
}
