/** Containers that end and a cluster that is killed: what was is told, and what ran goes on running. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { eventually, expect } from './support/playwright.ts';
import { useScenario } from './support/scenario.ts';
import { tiny } from './support/tiny.ts';
import type { Tree } from './support/workbench.ts';

describe('what ends without being asked to', () => {
  const scenario = useScenario('crashes', (workspace) =>
    writeFile(join(workspace, 'tiny.yaml'), tiny),
  );
  let tree: Tree;

  it('scales and restarts what was deployed', async () => {
    const { workbench, editor } = scenario;
    await workbench.explorerMenu('tiny.yaml', 'Deploy');
    await workbench.tab('Rollout: tiny').waitFor({ timeout: 60_000 });
    tree = await workbench.openView();
    await tree.expand('Workloads');
    await tree.menu(/^Deployment, tiny/, 'Scale…', workbench.quickInput());
    await editor.screenshot('crashes-scale');
    await workbench.answer('2');
    await tree.row(/^Deployment, tiny, 2\/2/).waitFor({ timeout: 60_000 });
    const page = await workbench.webview();
    const restarted = page.locator('.kind', { hasText: /revision [2-9]/ });
    await tree.menu(/^Deployment, tiny/, 'Restart Rollout', restarted);
    await workbench.tab(/^Rollout: tiny$/).waitFor();
    await expect(page.locator('h1')).toContainText('Rolled out', 60_000);
  });

  it('shows the log of the run before, and the events', async () => {
    const { workbench, editor } = scenario;
    await tree.expand('Pods');
    const rows = editor.page.locator('.terminal-wrapper.active .xterm-rows');
    await tree.press(/^Pod, tiny-.*Running/, 'Open Terminal', rows);
    await eventually(
      'a prompt',
      () => rows.textContent(),
      (text) => /[#$]/.test(text ?? ''),
    );
    await editor.page.keyboard.type('touch /tmp/end\n');
    await tree.row(/^Pod, tiny-.*Running · 1\/1 · 1 restart/).waitFor({ timeout: 60_000 });
    await workbench.run('View: Close All Editors');
    await tree.press(/^Pod, tiny-.*1 restart/, 'Show Logs', workbench.tab('Logs: tiny-'));
    const page = await workbench.webview();
    await page.getByRole('button', { name: /previous/i }).click();
    await expect(page.locator('.line .text').last()).toContainText('run of tiny-');
    await tree.expand('Events');
    await tree
      .row(/^Event, Started, pod\/tiny-/)
      .first()
      .waitFor();
    await editor.screenshot('crashes-previous');
  });

  it('notices that the cluster was killed, and takes the pods over', async () => {
    const { workbench, editor, cluster } = scenario;
    await workbench.run('View: Close All Editors');
    await scenario.kill(cluster);
    await workbench.status(`${cluster}: stopped`).waitFor({ timeout: 10_000 });
    await expect(tree.welcome()).toContainText('No cluster is running');
    await editor.screenshot('crashes-killed');
    await tree.welcome().getByRole('button', { name: 'Start Cluster' }).click();
    await tree.expand('Pods');
    await tree.row(/^Pod, tiny-.*Running · 1\/1 · 1 restart/).waitFor({ timeout: 60_000 });
    await expect(tree.row(/^Pod, tiny-.*Running · 1\/1/)).toHaveCount(2);
  });
});
