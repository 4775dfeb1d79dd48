/** The ways that are less straight: nothing to run on, images to build, refusals, crashes, other clusters. */
import { execFile } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, it } from 'vitest';
import { eventually, expect } from './support/playwright.ts';
import { useScenario } from './support/scenario.ts';
import type { Tree } from './support/workbench.ts';

const image = `skiff.test/paths:${process.pid}`;

const program = `
  console.log('run of ' + process.env.HOSTNAME);
  process.on('SIGTERM', () => process.exit(0));
  setInterval(() => {
    if (require('node:fs').existsSync('/tmp/end')) process.exit(3);
  }, 200);
`;

const manifest = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: tiny
spec:
  replicas: 1
  selector:
    matchLabels: { app: tiny }
  template:
    metadata:
      labels: { app: tiny }
      annotations: { skiff.dev/build: image }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: app
          image: ${image}
`;

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

const dockerfile = (line: string) => `ARG BASE=node:22-alpine
FROM \${BASE}
COPY . .
${line}
CMD ["node", "main.js"]
`;

describe('when things go another way', () => {
  const scenario = useScenario(
    'paths',
    async (workspace) => {
      await mkdir(join(workspace, 'tiny/image'), { recursive: true });
      await writeFile(join(workspace, 'tiny/tiny.yaml'), manifest);
      await writeFile(join(workspace, 'tiny/image/Dockerfile'), dockerfile('COPY no-such-file .'));
      await writeFile(join(workspace, 'tiny/image/main.js'), program);
      await writeFile(join(workspace, 'broken.yaml'), broken);
    },
    {
      env: (home) => ({
        DOCKER_HOST: `unix://${join(home, 'docker.sock')}`,
        KUBECONFIG: join(home, 'kubeconfig'),
      }),
    },
  );
  const other = () => join(scenario.home, 'other');
  const upOther = () =>
    scenario.skiff(
      ...['up', '--name', 'other', '--engine', 'simulated', '--data', other()],
      ...['--kubeconfig', join(scenario.home, 'kubeconfig')],
    );
  let tree: Tree;

  afterAll(async () => {
    await new Promise<void>((done) => execFile('docker', ['rmi', '-f', image], () => done()));
  });

  /** Ends a cluster's process as a crash would. */
  async function kill(name: string): Promise<void> {
    const status: unknown = JSON.parse(
      await scenario.skiff('status', '--name', name, '-o', 'json'),
    );
    process.kill((status as { pid: number }).pid, 'SIGKILL');
  }

  it('says why there is no engine, and starts without one', async () => {
    const { workbench, editor } = scenario;
    tree = await workbench.openView();
    await tree.welcome().getByRole('button', { name: 'Start Cluster' }).click();
    const toast = await workbench.notification('No container engine answers');
    await expect(toast).toContainText('docker.sock');
    await expect(tree.welcome()).toContainText('No container engine answers');
    await editor.screenshot('paths-no-engine');
    await workbench.pressInNotification('No container engine answers', 'Start Simulated');
    await workbench.clearNotifications();
    await expect(tree.row('Namespace default')).toHaveCount(1, 60_000);
    await tree.expand('Nodes');
    await tree.row(/^Node, .*simulated/).waitFor();
    await editor.screenshot('paths-simulated');
  });

  it('asks before it resets, and starts anew on the engine that is there now', async () => {
    const { workbench, editor, home } = scenario;
    await symlink('/var/run/docker.sock', join(home, 'docker.sock'));
    await workbench.run('Skiff: Reset Cluster…');
    await workbench.dialog().waitFor();
    await editor.screenshot('paths-reset');
    await workbench.pressInDialog('Reset');
    await expect(tree.row(/^Node, .*simulated/)).toHaveCount(0, 60_000);
    await tree.row('Namespace default').waitFor({ timeout: 60_000 });
    await tree.expand('Volumes');
    await tree.row(/^StorageClass, standard/).waitFor();
  });

  it('shows the engine’s words where an image cannot be built', async () => {
    const { workbench, editor } = scenario;
    await workbench.explorerMenu('tiny', 'Deploy');
    await workbench.dialog().waitFor();
    await expect(workbench.dialog()).toContainText(image);
    await editor.screenshot('paths-build');
    await workbench.pressInDialog('Build');
    await workbench.notification('no-such-file', 60_000);
    await editor.screenshot('paths-build-failed');
    await workbench.clearNotifications();
  });

  it('deploys without an image that is not wanted, and says what is missing', async () => {
    const { workbench, editor } = scenario;
    await workbench.explorerMenu('tiny', 'Deploy');
    await workbench.pressInDialog('Deploy without Building');
    await workbench.notification(`Deployed without ${image}`);
    const page = await workbench.webview();
    await expect(page.locator('.workload .why').first()).toContainText(image, 60_000);
    await editor.screenshot('paths-not-built');
    const file = join(scenario.workspace, 'tiny/image/Dockerfile');
    await writeFile(file, dockerfile('ENV BUILT=yes'));
    await workbench.pressInNotification('Deployed without', 'Build Now');
    await expect(page.locator('h1')).toContainText('Rolled out', 90_000);
    await workbench.clearNotifications();
  });

  it('applies nothing of a file that is no YAML, and leads to the line', async () => {
    const { workbench, editor } = scenario;
    await workbench.explorerMenu('broken.yaml', 'Deploy');
    await workbench.notification('broken.yaml:10');
    await editor.screenshot('paths-broken');
    await workbench.pressInNotification('broken.yaml:10', 'Go to Line 10');
    await workbench.status('Ln 10').waitFor();
    await workbench.clearNotifications();
    tree = await workbench.openView();
    await tree.expand('Config');
    await tree.row(/^ConfigMap, kube-root-ca/).waitFor();
    await expect(tree.row(/^ConfigMap, before/)).toHaveCount(0);
  });

  it('shows what the server refuses, in its words, with the line', async () => {
    const { workbench, editor, workspace } = scenario;
    const text = manifest.replaceAll('app: tiny', 'app: small');
    await writeFile(join(workspace, 'tiny/tiny.yaml'), text);
    await workbench.open('tiny.yaml');
    await workbench.run('Skiff: Dry Run');
    await workbench.notification('would not accept tiny.yaml');
    await editor.screenshot('paths-dry-run-refused');
    await workbench.clearNotifications();
    await workbench.run('Skiff: Deploy');
    await workbench.tab('Rollout: tiny.yaml').waitFor();
    const page = await workbench.webview();
    const refused = page.locator('.refused');
    await expect(refused).toContainText('field is immutable');
    await editor.screenshot('paths-refused');
    await refused.getByRole('button', { name: 'tiny.yaml:7' }).click();
    await workbench.status('Ln 7').waitFor();
    await writeFile(join(workspace, 'tiny/tiny.yaml'), manifest);
    await workbench.run('View: Close All Editors');
  });

  it('says what a dry run would do, scales and restarts', async () => {
    const { workbench, editor } = scenario;
    await workbench.open('tiny.yaml');
    await workbench.run('Skiff: Dry Run');
    await workbench.notification('The server would accept tiny.yaml');
    await editor.screenshot('paths-dry-run');
    await workbench.clearNotifications();
    tree = await workbench.openView();
    await tree.expand('Workloads');
    await tree.menu(/^Deployment, tiny/, 'Scale…');
    await editor.screenshot('paths-scale');
    await workbench.answer('2');
    await tree.row(/^Deployment, tiny, 2\/2/).waitFor({ timeout: 60_000 });
    await tree.menu(/^Deployment, tiny/, 'Restart Rollout');
    await workbench.tab('Rollout: tiny').last().waitFor();
    const page = await workbench.webview();
    await expect(page.locator('.kind').first()).toContainText('revision 2', 60_000);
    await expect(page.locator('h1')).toContainText('Rolled out', 60_000);
  });

  it('shows the log of the run before, and the events', async () => {
    const { workbench, editor } = scenario;
    await tree.expand('Pods');
    await tree.press(/^Pod, tiny-.*Running/, 'Open Terminal');
    const rows = editor.page.locator('.terminal-wrapper.active .xterm-rows');
    await eventually(
      'a prompt',
      () => rows.textContent(),
      (text) => /[#$]/.test(text ?? ''),
    );
    await editor.page.keyboard.type('touch /tmp/end\n');
    await tree.row(/^Pod, tiny-.*Running · 1\/1 · 1 restarts/).waitFor({ timeout: 60_000 });
    await workbench.run('View: Close All Editors');
    await tree.press(/^Pod, tiny-.*1 restarts/, 'Show Logs');
    const page = await workbench.webview();
    await page.getByRole('button', { name: /previous/i }).click();
    await expect(page.locator('.line .text').last()).toContainText('run of tiny-');
    await tree.expand('Events');
    await tree
      .row(/^Event, Started, pod\/tiny-/)
      .first()
      .waitFor();
    await editor.screenshot('paths-previous');
  });

  it('notices a crash of the cluster and takes the pods over', async () => {
    const { workbench, editor, cluster } = scenario;
    await workbench.run('View: Close All Editors');
    await kill(cluster);
    await workbench.status(`${cluster}: stopped`).waitFor({ timeout: 10_000 });
    await expect(tree.welcome()).toContainText('No cluster is running');
    await editor.screenshot('paths-crashed');
    await tree.welcome().getByRole('button', { name: 'Start Cluster' }).click();
    await tree.expand('Pods');
    await tree.row(/^Pod, tiny-.*Running · 1\/1 · 1 restarts/).waitFor({ timeout: 60_000 });
    await expect(tree.row(/^Pod, tiny-.*Running · 1\/1/)).toHaveCount(2);
  });

  it('works with another context, asking first and leaving the kubeconfig alone', async () => {
    const { workbench, editor, home } = scenario;
    await upOther();
    const before = await readFile(join(home, 'kubeconfig'), 'utf8');
    await workbench.run('Skiff: Select Context…');
    await workbench.choose('skiff-other');
    await tree.row(/^Cluster skiff-other/).waitFor();
    await workbench.status('skiff-other / default').waitFor();
    await workbench.open('tiny.yaml');
    await workbench.run('Skiff: Deploy');
    await workbench.dialog().waitFor();
    await expect(workbench.dialog()).toContainText('skiff-other');
    await editor.screenshot('paths-other-confirm');
    await workbench.pressInDialog('Deploy');
    await workbench.tab('Rollout: tiny.yaml').waitFor();
    const page = await workbench.webview();
    await expect(page.locator('h1')).toContainText('Rolled out', 60_000);
    await expect(page.locator('.where')).toContainText('skiff-other');
    await editor.screenshot('paths-other');
    await eventually(
      'the kubeconfig',
      () => readFile(join(home, 'kubeconfig'), 'utf8'),
      (text) => text === before,
    );
    await scenario.skiff('down', '--name', 'other', '--purge');
  });
});
