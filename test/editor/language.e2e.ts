/** What the language server knows of the cluster that somebody has connected to, and of rules. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { expect } from './support/playwright.ts';
import { baseImage, useScenario } from './support/scenario.ts';
import { tiny } from './support/tiny.ts';

const live = `apiVersion: v1
kind: ConfigMap
metadata: { name: only-in-the-cluster }
data: { harbour: lisbon }
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: boats.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { kind: Boat, plural: boats }
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec: { type: object, properties: { sails: { type: integer } } }
`;

const reader = `apiVersion: v1
kind: Pod
metadata:
  name: reader
spec:
  containers:
    - name: reader
      image: skiff.local/none:latest
      envFrom:
        - configMapRef:
            name: map
`;

const boat = `apiVersion: example.com/v1
kind: Boat
metadata:
  name: ark
spec:
  sail: 2
`;

describe('manifests beside a cluster', () => {
  const scenario = useScenario(
    'language',
    async (workspace) => {
      await writeFile(join(workspace, 'tiny.yaml'), tiny);
      await writeFile(join(workspace, 'reader.yaml'), reader);
      await writeFile(join(workspace, 'boat.yaml'), boat);
    },
    { settings: { 'skiff.validation.packs': ['best-practice'] } },
  );

  it('offers the images that the engine has', async () => {
    const { workbench, editor } = scenario;
    const pane = await workbench.open('reader.yaml');
    await pane.placeAfter('image: skiff.local/');
    await pane.suggestion(baseImage);
    await editor.screenshot('language-images');
  });

  it('offers names that only the cluster has', async () => {
    const { workbench, editor, cluster, home } = scenario;
    await workbench.run('Skiff: Start Cluster');
    await workbench.status(`${cluster} / default`).waitFor({ timeout: 120_000 });
    const file = join(home, 'live.yaml');
    await writeFile(file, live);
    await scenario.skiff('deploy', '--context', `skiff-${cluster}`, file);
    const pane = await workbench.open('reader.yaml');
    await pane.placeAfter('name: map');
    for (const _ of 'map') await editor.page.keyboard.press('Backspace');
    await pane.suggestion('only-in-the-cluster');
    await editor.screenshot('language-names');
    await editor.page.keyboard.press('Escape');
  });

  it('knows the kinds that the cluster defines', async () => {
    const { workbench, editor } = scenario;
    const pane = await workbench.open('boat.yaml');
    await pane.squiggles().first().waitFor();
    await pane.placeAfter('  sai');
    await pane.hover('did you mean "sails"');
    await editor.screenshot('language-custom-kind');
  });

  it('says above an object how it fares', async () => {
    const { workbench, editor } = scenario;
    const pane = await workbench.open('tiny.yaml');
    await pane.remark('not in').waitFor();
    await workbench.run('Skiff: Deploy');
    const page = await workbench.webview();
    await expect(page.locator('h1')).toContainText('Rolled out', 60_000);
    await workbench.open('tiny.yaml');
    await pane.codeLens('1/1').first().waitFor();
    await editor.screenshot('language-status');
  });

  it('underlines what the server refuses in a dry run', async () => {
    const { workbench, editor } = scenario;
    const pane = await workbench.open('tiny.yaml');
    await pane.replace('matchLabels: { app: tiny }', 'matchLabels: { app: small }');
    await pane.replace('labels: { app: tiny }', 'labels: { app: small }');
    await pane.save();
    await expect(pane.squiggles()).toHaveCount(0);
    await workbench.run('Skiff: Dry Run');
    await pane.squiggles().first().waitFor();
    await workbench.clearNotifications();
    await pane.placeAfter('matchLabels: { ap');
    await pane.hover('field is immutable');
    await editor.screenshot('language-dry-run');
  });

  it('leads from a problem to what its rule wants', async () => {
    const { workbench, editor } = scenario;
    const pane = await workbench.open('reader.yaml');
    await pane.placeAfter('skiff.local/no');
    const hover = await pane.hover('is named latest');
    await editor.screenshot('language-rule');
    await hover.getByRole('link', { name: 'latest-tag' }).click();
    await workbench.tab('latest-tag.md').waitFor();
    await editor.screenshot('language-rule-page');
  });
});
