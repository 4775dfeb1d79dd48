/** Images that manifests say how to build: refused by the engine, left out, made up for. */
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, it } from 'vitest';
import { expect } from './support/playwright.ts';
import { useScenario } from './support/scenario.ts';
import { program } from './support/tiny.ts';

const image = `skiff.test/images:${process.pid}`;

const manifest = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: tiny
spec:
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

const dockerfile = (line: string) => `ARG BASE=node:22-alpine
FROM \${BASE}
COPY . .
${line}
CMD ["node", "main.js"]
`;

describe('images that have to be built', () => {
  const scenario = useScenario('images', async (workspace) => {
    await mkdir(join(workspace, 'tiny/image'), { recursive: true });
    await writeFile(join(workspace, 'tiny/tiny.yaml'), manifest);
    await writeFile(join(workspace, 'tiny/image/Dockerfile'), dockerfile('COPY no-such-file .'));
    await writeFile(join(workspace, 'tiny/image/main.js'), program);
  });

  afterAll(async () => {
    await new Promise<void>((done) => execFile('docker', ['rmi', '-f', image], () => done()));
  });

  it('shows the engine’s words where an image cannot be built', async () => {
    const { workbench, editor } = scenario;
    await workbench.explorerMenu('tiny', 'Deploy');
    await workbench.dialog().waitFor({ timeout: 60_000 });
    await expect(workbench.dialog()).toContainText(image);
    await editor.screenshot('images-build');
    await workbench.pressInDialog('Build');
    await workbench.notification('no-such-file', 60_000);
    await editor.screenshot('images-failed');
    await workbench.clearNotifications();
  });

  it('deploys without an image that is not wanted, and builds it later', async () => {
    const { workbench, editor } = scenario;
    await workbench.explorerMenu('tiny', 'Deploy');
    await workbench.pressInDialog('Deploy without Building');
    await workbench.notification(`Deployed without ${image}`);
    const page = await workbench.webview();
    await expect(page.locator('.workload .why').first()).toContainText(image, 60_000);
    await editor.screenshot('images-missing');
    const file = join(scenario.workspace, 'tiny/image/Dockerfile');
    await writeFile(file, dockerfile('ENV BUILT=yes'));
    await workbench.pressInNotification('Deployed without', 'Build Now');
    await expect(page.locator('h1')).toContainText('Rolled out', 90_000);
    await workbench.clearNotifications();
  });
});
