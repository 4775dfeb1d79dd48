/** Clusters that Skiff did not start: another context, its namespaces, its rights, and its loss. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { eventually, expect } from './support/playwright.ts';
import { useScenario } from './support/scenario.ts';
import { tiny } from './support/tiny.ts';
import type { Tree } from './support/workbench.ts';

/** A person who may look at one namespace and nothing else. */
const reader = `apiVersion: v1
kind: ServiceAccount
metadata: { name: reader, namespace: default }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: reader, namespace: default }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view }
subjects: [{ kind: ServiceAccount, name: reader, namespace: default }]
`;

describe('a context of the kubeconfig', () => {
  const scenario = useScenario(
    'contexts',
    async (workspace) => {
      await writeFile(join(workspace, 'tiny.yaml'), tiny);
      await writeFile(join(workspace, 'reader.yaml'), reader);
    },
    { env: (home) => ({ KUBECONFIG: join(home, 'kubeconfig') }) },
  );
  const name = `e2e-other-${process.pid}`;
  const context = `skiff-${name}`;
  const kubeconfig = () => join(scenario.home, 'kubeconfig');
  let tree: Tree;

  const up = (...more: string[]) =>
    scenario.skiff('up', '--name', name, '--engine', 'simulated', ...more);
  const kubectl = (...args: string[]) =>
    new Promise<string>((done, fail) => {
      const all = ['--kubeconfig', kubeconfig(), '--cache-dir', join(scenario.home, 'cache')];
      execFile('kubectl', [...all, ...args], (error, stdout, stderr) =>
        error === null ? done(stdout.trim()) : fail(new Error(stderr)),
      );
    });

  beforeAll(async () => {
    await up('--kubeconfig', kubeconfig());
  });

  afterAll(async () => {
    await scenario.skiff('down', '--name', name, '--purge').catch(() => {});
  });

  it('is selected and deployed to, after a question, with the kubeconfig left alone', async () => {
    const { workbench, editor } = scenario;
    const before = await readFile(kubeconfig(), 'utf8');
    tree = await workbench.openView();
    await workbench.choose('Skiff: Select Context…', context);
    await tree.row(`Cluster ${context}`).waitFor();
    await workbench.status(`${context} / default`).waitFor();
    await workbench.open('tiny.yaml');
    await workbench.run('Skiff: Deploy');
    await expect(workbench.dialog()).toContainText(context);
    await editor.screenshot('contexts-confirm');
    await workbench.pressInDialog('Deploy');
    await workbench.tab('Rollout: tiny.yaml').waitFor();
    const page = await workbench.webview();
    await expect(page.locator('h1')).toContainText('Rolled out', 60_000);
    await expect(page.locator('.where')).toContainText(context);
    await editor.screenshot('contexts-deployed');
    await eventually(
      'the kubeconfig',
      () => readFile(kubeconfig(), 'utf8'),
      (text) => text === before,
    );
  });

  it('shows the logs of its pods', async () => {
    const { workbench, editor } = scenario;
    await workbench.run('View: Close All Editors');
    await tree.expand('Pods');
    await tree.press(/^Pod, tiny-/, 'Show Logs', workbench.tab('Logs: tiny-'));
    const page = await workbench.webview();
    await page.locator('.line .text').first().waitFor();
    await editor.screenshot('contexts-logs');
  });

  it('works in the namespace that was selected, also one that is not there', async () => {
    const { workbench, editor } = scenario;
    await workbench.choose('Skiff: Select Namespace…', 'kube-public');
    await workbench.status(`${context} / kube-public`).waitFor();
    await tree.row('Namespace kube-public, selected').and(tree.open()).waitFor();
    await workbench.choose('Skiff: Select Namespace…', 'Type a name…');
    await workbench.answer('Nowhere!');
    await editor.screenshot('contexts-namespace-wrong');
    await workbench.answer('nowhere');
    await expect(workbench.dialog()).toContainText('There is no namespace "nowhere"');
    await workbench.pressInDialog('Select Anyway');
    await tree.row('Namespace nowhere, selected · does not exist').waitFor();
    await workbench.open('tiny.yaml');
    await workbench.run('Skiff: Deploy');
    await workbench.pressInDialog('Deploy');
    const page = await workbench.webview();
    await expect(page.locator('.refused')).toContainText('namespaces "nowhere" not found');
    await expect(page.locator('.where')).toContainText('namespace nowhere');
    await editor.screenshot('contexts-namespace-missing');
    await workbench.choose('Skiff: Select Namespace…', 'Type a name…');
    await workbench.answer('somewhere');
    await workbench.pressInDialog('Create');
    await tree.row(/^Namespace somewhere, selected$/).waitFor();
    const selected = workbench.status(`${context} / default`);
    await tree.menu('Namespace default', 'Use This Namespace', selected);
    await expect(tree.row('Namespace nowhere')).toHaveCount(0);
  });

  it('says everywhere that it does not answer, and comes back', async () => {
    const { workbench, editor } = scenario;
    await workbench.run('View: Close All Editors');
    await tree.press(/^Pod, tiny-/, 'Show Logs', workbench.tab('Logs: tiny-'));
    const page = await workbench.webview();
    await page.locator('.line .text').first().waitFor();
    await scenario.kill(name);
    const strip = page.locator('.connection');
    await expect(strip).toContainText('does not answer', 60_000);
    await workbench.status(`${context}: no answer`).waitFor();
    await tree.row(`Cluster ${context}, no answer`).waitFor();
    await editor.screenshot('contexts-lost');
    await strip.getByRole('button', { name: 'Reconnect' }).click();
    await expect(tree.message()).toContainText('connection refused');
    await tree.row(`Cluster ${context}, no answer`).waitFor();
    await editor.screenshot('contexts-lost-reconnect');
    await up();
    // It comes back by itself.
    await workbench.status(`${context} / default`).waitFor({ timeout: 60_000 });
    await strip.waitFor({ state: 'hidden' });
    await page.locator('.source', { hasText: 'tiny-' }).first().waitFor();
    await editor.screenshot('contexts-back');
  });

  it('shows what a person may see, and refuses what they may not do in the server’s words', async () => {
    const { workbench, editor, workspace } = scenario;
    await kubectl('--context', context, 'apply', '-f', join(workspace, 'reader.yaml'));
    const token = await kubectl('--context', context, 'create', 'token', 'reader');
    await kubectl('config', 'set-credentials', 'reader', '--token', token);
    await kubectl('config', 'set-context', 'reader', '--cluster', context, '--user', 'reader');
    await workbench.run('View: Close All Editors');
    await workbench.choose('Skiff: Select Context…', 'reader');
    await tree.row('Cluster reader').waitFor();
    await tree.row('Namespace default, selected').waitFor();
    await tree.expand('Nodes');
    await tree.row('Not allowed to list nodes').waitFor();
    await tree.expand('Config');
    await tree.row('Not allowed to list secrets').waitFor();
    await tree.row(/^ConfigMap, kube-root-ca/).waitFor();
    await tree.expand('Workloads');
    await tree.menu(/^Deployment, tiny/, 'Scale…', workbench.quickInput());
    await workbench.answer('3');
    await workbench.notification(/cannot patch resource "deployments\/scale"/);
    await editor.screenshot('contexts-reader');
    await workbench.clearNotifications();
    await workbench.open('tiny.yaml');
    await workbench.run('Skiff: Deploy');
    await workbench.pressInDialog('Deploy');
    const page = await workbench.webview();
    await expect(page.locator('.refused')).toContainText('cannot patch resource "deployments"');
    await editor.screenshot('contexts-reader-deploy');
  });
});
