/**
 * The main path, as a person goes it: write a manifest, be told of a mistake, deploy, see the pods
 * and their logs, scale, undo it all. A real editor, a real cluster, and unless
 * SKIFF_E2E_ENGINE=simulated real containers.
 */
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { root } from './support/editor.ts';
import { expect } from './support/playwright.ts';
import { useScenario } from './support/scenario.ts';
import type { Tree } from './support/workbench.ts';

const services = ['catalog', 'inventory', 'orders', 'payments', 'reviews', 'storefront'];
const startMs = 120_000;

describe('the bookstore, from a manifest to pods and back', () => {
  const scenario = useScenario('bookstore', (workspace) =>
    cp(join(root, 'examples/bookstore'), join(workspace, 'bookstore'), { recursive: true }),
  );
  let tree: Tree;

  it('underlines a field that does not exist and is content when it is right again', async () => {
    const { workbench, editor } = scenario;
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
    const { workbench, editor } = scenario;
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
    const { workbench, editor } = scenario;
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
    const { workbench, editor } = scenario;
    await tree.press(/^Pod, catalog-/, 'Show Logs', workbench.tab('Logs: catalog-'));
    const page = await workbench.webview();
    await page.locator('.line .text').first().waitFor({ timeout: 30_000 });
    await editor.screenshot('bookstore-logs');
  });

  it('rolls out a manifest that was scaled', async () => {
    const { workbench, editor } = scenario;
    const pane = await workbench.open('catalog.yaml');
    await pane.replace('replicas: 2', 'replicas: 3');
    await pane.pressLens('Deploy', workbench.tab('Rollout: catalog.yaml'));
    const page = await workbench.webview();
    await expect(page.locator('.count')).toContainText('3 of 3 ready', 60_000);
    await expect(page.locator('h1')).toContainText('Rolled out');
    await expect(tree.row(/^Pod, catalog-.*Running · 1\/1/)).toHaveCount(3);
    await editor.screenshot('bookstore-scaled');
  });

  it('takes away what the folder declares', async () => {
    const { workbench, editor } = scenario;
    await workbench.explorerMenu('bookstore', 'Undeploy…');
    await workbench.dialog().waitFor();
    await editor.screenshot('bookstore-undeploy');
    await workbench.pressInDialog('Delete');
    await workbench.openView();
    await expect(tree.row(/^Pod, /)).toHaveCount(0, 90_000);
    await editor.screenshot('bookstore-gone');
  });

  it('stops the cluster and offers to start it again', async () => {
    const { workbench, editor } = scenario;
    await workbench.run('Skiff: Stop Cluster');
    await expect(tree.welcome()).toContainText('No cluster is running', 60_000);
    await editor.screenshot('bookstore-stopped');
  });
});
