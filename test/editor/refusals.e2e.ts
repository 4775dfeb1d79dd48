/** Manifests that nobody takes: not the parser, not the server. Nothing is lost, and each leads to its line. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { expect } from './support/playwright.ts';
import { useScenario } from './support/scenario.ts';
import { tiny } from './support/tiny.ts';
import type { Tree } from './support/workbench.ts';

const broken = `apiVersion: v1
kind: ConfigMap
metadata:
  name: before
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: broken
data: { a: [1, 2 }
`;

const doubtful = `apiVersion: v1
kind: ConfigMap
metadata:
  name: doubtful
datas: { a: b }
`;

describe('manifests that are refused', () => {
  const scenario = useScenario(
    'refusals',
    async (workspace) => {
      await writeFile(join(workspace, 'tiny.yaml'), tiny);
      await writeFile(join(workspace, 'broken.yaml'), broken);
      await writeFile(join(workspace, 'doubtful.yaml'), doubtful);
    },
    { settings: { 'skiff.cluster.engine': 'simulated' } },
  );
  let tree: Tree;

  it('applies nothing of a file that is no YAML, and leads to the line', async () => {
    const { workbench, editor } = scenario;
    await workbench.run('Skiff: Start Cluster');
    await workbench.status(`${scenario.cluster} / default`).waitFor({ timeout: 60_000 });
    await workbench.explorerMenu('broken.yaml', 'Deploy');
    await workbench.notification('broken.yaml:10');
    await editor.screenshot('refusals-broken');
    await workbench.pressInNotification('broken.yaml:10', 'Go to Line 10');
    await workbench.status('Ln 10').waitFor();
    await workbench.clearNotifications();
    tree = await workbench.openView();
    await tree.expand('Config');
    await tree.row(/^ConfigMap, kube-root-ca/).waitFor();
    await expect(tree.row(/^ConfigMap, before/)).toHaveCount(0);
  });

  it('asks before it deploys what is underlined', async () => {
    const { workbench, editor } = scenario;
    const pane = await workbench.open('doubtful.yaml');
    await pane.squiggles().first().waitFor();
    await workbench.run('Skiff: Deploy');
    await expect(workbench.dialog()).toContainText('doubtful.yaml has a problem');
    await editor.screenshot('refusals-doubtful');
    await workbench.pressInDialog('Cancel');
    await workbench.run('View: Close All Editors');
  });

  it('says what a dry run would do', async () => {
    const { workbench, editor } = scenario;
    await workbench.open('tiny.yaml');
    await workbench.run('Skiff: Dry Run');
    await workbench.notification('The server would accept tiny.yaml: 1 created.');
    await editor.screenshot('refusals-dry-run');
    await workbench.clearNotifications();
    await workbench.run('Skiff: Deploy');
    const page = await workbench.webview();
    await expect(page.locator('h1')).toContainText('Rolled out', 60_000);
    await workbench.run('View: Close All Editors');
  });

  it('shows what the server refuses, in its words, with the line', async () => {
    const { workbench, editor, workspace } = scenario;
    await writeFile(join(workspace, 'tiny.yaml'), tiny.replaceAll('app: tiny', 'app: small'));
    const pane = await workbench.open('tiny.yaml');
    await pane.codeLens('1/1 ready').waitFor();
    await workbench.run('Skiff: Dry Run');
    await workbench.notification('would not accept tiny.yaml');
    await pane.squiggles().first().waitFor();
    await editor.screenshot('refusals-dry-run-refused');
    await workbench.clearNotifications();
    await workbench.run('Skiff: Deploy');
    await expect(workbench.dialog()).toContainText('field is immutable');
    await workbench.pressInDialog('Deploy Anyway');
    await workbench.tab('Rollout: tiny.yaml').waitFor();
    const page = await workbench.webview();
    const refused = page.locator('.refused');
    await expect(refused).toContainText('field is immutable');
    await expect(page.locator('.where')).toContainText('namespace default');
    await editor.screenshot('refusals-refused');
    await refused.getByRole('button', { name: 'tiny.yaml:7' }).click();
    await workbench.status('Ln 7').waitFor();
  });
});
