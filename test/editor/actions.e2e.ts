/** What a person does to what runs: edit it live, look inside, reach it, change it, take it back. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { eventually, expect } from './support/playwright.ts';
import { baseImage, useScenario } from './support/scenario.ts';
import type { Tree } from './support/workbench.ts';

const program = `
  const http = require('node:http');
  http.createServer((request, response) => {
    console.log('\\u001b[32mGET\\u001b[0m ' + request.url + ' <b>not bold</b>');
    response.end('hello ' + process.env.WHO);
  }).listen(8080, () => console.log('listening'));
`;

const manifest = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 1
  selector:
    matchLabels: { app: web }
  template:
    metadata:
      labels: { app: web }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: app
          image: ${baseImage}
          command: [node, -e, ${JSON.stringify(program)}]
          env:
            - { name: WHO, value: world }
          ports:
            - { name: http, containerPort: 8080 }
---
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector: { app: web }
  ports:
    - { name: http, port: 80, targetPort: http }
`;

describe('what runs can be seen and changed', () => {
  const scenario = useScenario('actions', (workspace) =>
    writeFile(join(workspace, 'web.yaml'), manifest),
  );
  let tree: Tree;

  it('says that no cluster runs, and starts one with a button', async () => {
    const { workbench, editor } = scenario;
    tree = await workbench.openView();
    await expect(tree.welcome()).toContainText('No cluster is running');
    await editor.screenshot('actions-welcome');
    await tree.welcome().getByRole('button', { name: 'Start Cluster' }).click();
    await expect(tree.row('Namespace default')).toHaveCount(1, 120_000);
    await tree.expand('Nodes');
    await tree
      .row(/^Node, .*Ready/)
      .first()
      .waitFor();
  });

  it('deploys the file in the active editor', async () => {
    const { workbench, editor } = scenario;
    const pane = await workbench.open('web.yaml');
    await pane.codeLens('Deploy').waitFor();
    await workbench.run('Skiff: Deploy');
    await workbench.tab('Rollout: web.yaml').waitFor({ timeout: 60_000 });
    const page = await workbench.webview();
    await expect(page.locator('h1')).toContainText('Rolled out', 60_000);
    await tree.expand('Workloads');
    await tree.row(/^Deployment, web, 1\/1/).waitFor();
    await editor.screenshot('actions-deployed');
  });

  it('forwards a port of the service and shows who asks in the log', async () => {
    const { workbench, editor } = scenario;
    await tree.expand('Services');
    const forward = tree.row(/^Local port \d+ leads to port 80 of web/).first();
    await tree.press(/^Service, web/, 'Forward Port', forward);
    const spoken = (await forward.getAttribute('aria-label')) ?? '';
    const port = /Local port (\d+)/.exec(spoken)?.[1];
    const answer = await fetch(`http://127.0.0.1:${port}/books`);
    await eventually(
      'the answer',
      () => answer.text(),
      (text) => text === 'hello world',
    );
    // The tree offers them, too; here it is the way from the manifest.
    const pane = await workbench.open('web.yaml');
    await pane.pressLens('Logs', workbench.tab('Logs: web'));
    const page = await workbench.webview();
    await expect(page.locator('.line .text').last()).toContainText('GET /books <b>not bold</b>');
    await editor.screenshot('actions-logs');
  });

  it('opens a terminal in the container', async () => {
    const { workbench, editor } = scenario;
    await tree.expand('Pods');
    const rows = editor.page.locator('.terminal-wrapper.active .xterm-rows');
    await tree.press(/^Pod, web-/, 'Open Terminal', rows);
    await eventually(
      'a prompt',
      () => rows.textContent(),
      (text) => /[#$]/.test(text ?? ''),
    );
    await editor.page.keyboard.type('echo sum-$((40+2)) on $(hostname)\n');
    await eventually(
      'the output',
      () => rows.textContent(),
      (text) => /sum-42 on web-/.test(text?.replace(/\u00a0/g, ' ') ?? ''),
    );
    await editor.screenshot('actions-terminal');
    await workbench.run('Terminal: Kill the Active Terminal Instance');
  });

  it('writes an edited live object back to the cluster', async () => {
    const { workbench, editor } = scenario;
    await tree.menu(/^Deployment, web/, 'Open YAML', workbench.tab('web (live).yaml'));
    const pane = await workbench.focusedEditor();
    await expect(pane.text()).toContainText('imagePullPolicy');
    await pane.replace('replicas: 1', 'replicas: 2');
    await editor.screenshot('actions-live-yaml');
    await pane.save();
    await tree.row(/^Deployment, web, 2\/2/).waitFor({ timeout: 60_000 });
    await workbench.run('View: Close Editor');
  });

  it('compares a manifest with the cluster before it is deployed', async () => {
    const { workbench, editor, workspace } = scenario;
    const file = join(workspace, 'web.yaml');
    const text = await readFile(file, 'utf8');
    const next = text.replace('value: world', 'value: moon').replace('replicas: 1', 'replicas: 2');
    await writeFile(file, next);
    await workbench.open('web.yaml');
    await workbench.run('Skiff: Compare with Cluster');
    await editor.page
      .locator('.monaco-diff-editor .line-insert, .monaco-diff-editor .char-insert')
      .first()
      .waitFor();
    await editor.screenshot('actions-diff');
    await workbench.run('View: Close Editor');
  });

  it('rolls out the change and takes it back', async () => {
    const { workbench, editor } = scenario;
    await workbench.open('web.yaml');
    await workbench.run('Skiff: Deploy');
    const overwrite = workbench.dialog().getByRole('button', { name: 'Overwrite', exact: true });
    const rollout = workbench.tab('Rollout: web.yaml');
    await overwrite.or(rollout).first().waitFor();
    if (await overwrite.isVisible()) await overwrite.click();
    const page = await workbench.webview();
    await expect(page.locator('.kind').first()).toContainText('revision 2', 60_000);
    await expect(page.locator('h1')).toContainText('Rolled out', 60_000);
    await tree.menu(/^Deployment, web/, 'Roll Back…', workbench.quickInput());
    await editor.screenshot('actions-roll-back');
    await workbench.answer('Revision 1');
    await workbench.tab('Rollout: web').last().waitFor();
    const back = await workbench.webview();
    await expect(back.locator('.kind').first()).toContainText('revision 3', 60_000);
    await expect(back.locator('h1')).toContainText('Rolled out', 60_000);
    await editor.screenshot('actions-rolled-back');
  });

  it('brings panels back after the window was reloaded', async () => {
    const { workbench, editor } = scenario;
    await editor.page.reload();
    await editor.page.locator('.monaco-workbench .statusbar').waitFor({ timeout: 60_000 });
    await workbench.tab('Rollout: web').last().waitFor();
    const page = await workbench.webview();
    await expect(page.locator('h1')).toContainText('Rolled out', 60_000);
    await editor.screenshot('actions-reloaded');
  });

  it('asks before it deletes, and the pods go with what they belong to', async () => {
    const { workbench, editor } = scenario;
    tree = await workbench.openView();
    await tree.expand('Workloads');
    await tree.menu(/^Deployment, web/, 'Delete…', workbench.dialog());
    await editor.screenshot('actions-delete');
    await workbench.pressInDialog('Delete');
    await tree.expand('Pods');
    await expect(tree.row(/^Pod, web-/)).toHaveCount(0, 60_000);
  });
});
