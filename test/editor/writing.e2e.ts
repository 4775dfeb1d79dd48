/** Manifests written, mended and followed with keyboard and mouse; no cluster is needed for it. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { useScenario } from './support/scenario.ts';

const files: Readonly<Record<string, string>> = {
  'new.yaml': '',
  'workloads.yaml': '',
  'scale.yaml': `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: web
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: web
`,
  'config.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
data:
  mode: fast
`,
  'web.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector:
    matchLabels: { app: web }
  template:
    metadata:
      labels: { app: web }
    spec:
      containers:
        - name: web
          image: skiff.local/web:1
          ports:
            - name: http
              containerPort: 80
          envFrom:
            - configMapRef:
                name: settings
          resources:
            limits:
              cpu: 500m
---
apiVersion: v1
kind: Service
metadata:
  name: front
spec:
  selector: { app: web }
  ports:
    - port: 80
`,
  'job.yaml': `apiVersion: batch/v1
kind: Job
metadata:
  name: load
spec:
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: load
          image: skiff.local/load:1
          imagePulPolicy: Never
          envFrom:
            - configMapRef:
                name: settings
            - secretRef:
                name: password
`,
  'ingress.yaml': `apiVersion: networking.k8s.io/v1beta1
kind: Ingress
metadata:
  name: web
spec:
  rules:
    - http:
        paths:
          - path: /
            backend:
              serviceName: front
              servicePort: 80
`,
  'ugly.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name:    ugly
  labels: {fast: yes}
`,
  'pod.json': `{
  "apiVersion": "v1",
  "kind": "Pod",
  "metadata": { "name": "plain" },
  "spec": {
    "containers": [{ "name": "plain", "image": "skiff.local/plain:1", "imagePulPolicy": "" }]
  }
}
`,
  'kustom/kustomization.yaml': `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
  - ../web.yaml
`,
};

describe('writing manifests', () => {
  const scenario = useScenario(
    'writing',
    async (workspace) => {
      await mkdir(join(workspace, 'kustom'));
      for (const [name, text] of Object.entries(files)) {
        await writeFile(join(workspace, name), text);
      }
    },
    {
      settings: {
        'files.autoSave': 'off',
        'editor.formatOnSave': true,
        'editor.codeActionsOnSave': { 'source.fixAll.skiff': 'explicit' },
        'skiff.inlayHints.defaults': true,
      },
    },
  );

  it('begins in an empty file, with a whole object and then by keys', async () => {
    const { workbench, editor } = scenario;
    const { keyboard } = editor.page;
    const pane = await workbench.open('new.yaml');
    await pane.text().click();
    await keyboard.type('dep');
    await pane.suggestion('Deployment');
    await keyboard.press('Tab');
    await pane.shows('kind: Deployment');
    await keyboard.type('shop');
    await pane.shows(/name: shop.*app: shop.*app: shop.*- name: shop/s);
    await keyboard.press('Escape');
    await keyboard.press('Escape');
    await keyboard.press('ControlOrMeta+End');
    await keyboard.type('---\napiVersion: v1\nkind: Service\nmetadata:\nname: shop', { delay: 30 });
    // Enter has begun lines, and no list has swallowed one.
    await pane.shows('---\napiVersion: v1\nkind: Service\nmetadata:\n  name: shop');
    await keyboard.press('Escape');
    await keyboard.type('\n');
    await keyboard.press('Backspace');
    await keyboard.type('sp');
    await pane.suggestion('spec');
    await keyboard.press('Enter');
    await pane.shows(/\nspec:.*\n {2}selector:\n {4}\n {2}ports:/);
    // What it may select is offered without being asked for.
    await editor.page.locator('.suggest-widget.visible', { hasText: 'app' }).waitFor();
    await editor.screenshot('writing-new');
    await keyboard.press('Enter');
    await pane.shows(/selector:\n {4}app: (shop|web)\n/);
    await keyboard.press('Escape');
    await workbench.run('File: Revert File');
  });

  it('begins every workload, by its name or as a kind', async () => {
    const { workbench, editor } = scenario;
    const { keyboard } = editor.page;
    const pane = await workbench.open('workloads.yaml');
    for (const kind of ['StatefulSet', 'DaemonSet', 'CronJob', 'Job', 'Pod']) {
      await pane.text().click();
      await keyboard.press('ControlOrMeta+a');
      await keyboard.press('Delete');
      await keyboard.type(kind.toLowerCase());
      await pane.suggestion(kind);
      await keyboard.press('Tab');
      await pane.shows(new RegExp(`\\nkind: ${kind}\\nmetadata:\\n {2}name: \\w+\\n`));
      await keyboard.press('Escape');
    }
    await keyboard.press('ControlOrMeta+a');
    await keyboard.press('Delete');
    await keyboard.type('kind: Dep');
    await pane.suggestion('Deployment');
    await keyboard.press('Enter');
    await pane.shows('apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:');
    await keyboard.type('shop');
    await keyboard.press('Tab');
    await keyboard.type('image.local/shop:2');
    await pane.shows(/name: shop\n.*app: shop\n.*- name: shop.*image: image.local\/shop:2/s);
    await editor.screenshot('writing-workload');
    await workbench.run('File: Revert File');
  });

  it('adds what is missing', async () => {
    const { workbench, editor } = scenario;
    const pane = await workbench.open('scale.yaml');
    await pane.squiggles().first().waitFor();
    await pane.placeAfter('spe');
    await pane.fix('Add "maxReplicas"', () => pane.has('maxReplicas:'));
    await editor.screenshot('writing-added');
  });

  it('renames an object wherever it is named', async () => {
    const { workbench, editor } = scenario;
    const pane = await workbench.open('config.yaml');
    await pane.placeAfter('name: sett');
    const input = editor.page.locator('.rename-box input:visible');
    await pane.pressUntil('F2', input);
    await input.fill('options');
    await input.press('Enter');
    await pane.shows('name: options');
    for (const file of ['web.yaml', 'job.yaml']) {
      await workbench.open(file);
      await pane.shows('name: options');
    }
    await editor.screenshot('writing-renamed');
  });

  it('mends what is wrong, here and in other files, and takes it back at once', async () => {
    const { workbench, editor } = scenario;
    const pane = await workbench.open('ingress.yaml');
    await pane.squiggles().first().waitFor();
    await pane.placeAfter('networking.k8s.io/v1be');
    const isHere = (text: string | RegExp) => () => pane.has(text);
    await pane.fix('Change to networking.k8s.io/v1', isHere(/pathType.*number: 80/s));
    await editor.page.keyboard.press('ControlOrMeta+z');
    await pane.shows(/v1beta1.*serviceName: front/s);
    await workbench.open('job.yaml');
    await pane.squiggles().first().waitFor();
    await pane.placeAfter('imagePul');
    await pane.fix('Change to "imagePullPolicy"', isHere('imagePullPolicy: Never'));
    await pane.placeAfter('name: passw');
    const created = workbench.tab('password-secret.yaml');
    await pane.fix('in password-secret.yaml', () => created.isVisible());
    await pane.shows('kind: Secret');
    await editor.screenshot('writing-created');
  });

  it('fixes and formats on saving', async () => {
    const { workbench, editor } = scenario;
    const pane = await workbench.open('ugly.yaml');
    await pane.squiggles().first().waitFor();
    await pane.placeAfter('{fast: yes}');
    await editor.page.keyboard.type(' # as it was');
    await editor.page.keyboard.press('ControlOrMeta+s');
    await pane.shows('  name: ugly\n  labels: { fast: "yes" } # as it was');
    await editor.screenshot('writing-saved');
  });

  it('says what quantities are, and what the server fills in', async () => {
    const { workbench, editor } = scenario;
    const pane = await workbench.open('web.yaml');
    await pane.shows('- name: httpprotocol: TCP');
    await pane.placeAfter('cpu: 500');
    const help = editor.page.locator('.parameter-hints-widget.visible', { hasText: 'half a core' });
    await pane.pressUntil('ControlOrMeta+Shift+Space', help);
    await editor.screenshot('writing-quantity');
    await editor.page.keyboard.press('Escape');
  });

  it('leads to what is named, what names it, and the files of a kustomization', async () => {
    const { workbench, editor } = scenario;
    const pane = await workbench.open('web.yaml');
    await pane.placeAfter('name: opti');
    await pane.pressUntil('F12', editor.page.locator('.tab.active', { hasText: 'config.yaml' }));
    await workbench.open('web.yaml');
    await pane.placeAfter('kind: Deplo');
    const caller = editor.page.getByRole('treeitem', { name: /Service front/ });
    await pane.pressUntil('Shift+Alt+h', caller);
    await editor.screenshot('writing-hierarchy');
    await workbench.open('kustomization.yaml');
    await editor.page.locator('.detected-link', { hasText: '../web.yaml' }).first().waitFor();
    await pane.placeAfter('- ../we');
    await workbench.run('Open Link');
    await editor.page.locator('.tab.active', { hasText: 'web.yaml' }).waitFor();
  });

  it('does the same in JSON', async () => {
    const { workbench, editor } = scenario;
    const pane = await workbench.open('pod.json');
    await pane.placeAfter('"imagePul');
    await pane.fix('Change to "imagePullPolicy"', () => pane.has('"imagePullPolicy": ""'));
    await pane.placeAfter('"imagePullPolicy": "');
    await pane.suggestion('IfNotPresent');
    await editor.screenshot('writing-json');
    await editor.page.keyboard.type('IfN');
    await pane.suggestion('IfNotPresent');
    await editor.page.keyboard.press('Enter');
    await pane.shows('"imagePullPolicy": "IfNotPresent" }');
  });
});
