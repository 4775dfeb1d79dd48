/** Where things are not as usual: restricted mode, a server that ends, files that are none, contexts that cannot be used. */
import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { eventually, expect } from './support/playwright.ts';
import { useScenario } from './support/scenario.ts';
import type { Tree } from './support/workbench.ts';

const settings = `apiVersion: v1
kind: ConfigMap
metadata: { name: settings }
datas: { a: b }
`;

const kubeconfig = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Config',
  clusters: [{ name: 'far', cluster: { server: 'https://127.0.0.1:9' } }],
  users: [
    { name: 'hanging', user: { exec: { command: 'sleep', args: ['300'] } } },
    { name: 'missing', user: { exec: { command: 'no-such-plugin', installHint: 'Get it.' } } },
  ],
  contexts: [
    { name: 'plugin-hangs', context: { cluster: 'far', user: 'hanging' } },
    { name: 'plugin-missing', context: { cluster: 'far', user: 'missing' } },
  ],
});

describe('where things are not as usual', () => {
  const scenario = useScenario(
    'surroundings',
    async (workspace) => {
      await writeFile(join(workspace, 'settings.yaml'), settings);
      await writeFile(join(workspace, 'gone.yaml'), settings.replace('datas', 'data'));
      await writeFile(join(workspace, '../kubeconfig'), kubeconfig);
    },
    {
      settings: { 'skiff.cluster.engine': 'simulated' },
      isRestricted: true,
      env: (home) => ({ KUBECONFIG: join(home, 'kubeconfig') }),
    },
  );
  let tree: Tree;

  it('checks manifests in restricted mode, and uses clusters once it is trusted', async () => {
    const { workbench, editor, cluster } = scenario;
    const pane = await workbench.open('settings.yaml');
    await pane.squiggles().first().waitFor();
    await pane.codeLens('Deploy').click();
    await workbench.notification('Trust this workspace first');
    await editor.screenshot('surroundings-restricted');
    await workbench.pressInNotification('Trust this workspace first', 'Manage Workspace Trust');
    await editor.page.locator('.workspace-trust-editor').waitFor();
    await editor.page.keyboard.press('ControlOrMeta+Enter');
    await workbench.status('Restricted Mode').waitFor({ state: 'hidden' });
    await editor.page.keyboard.press('Escape');
    await workbench.run('Skiff: Start Cluster');
    await workbench.status(`${cluster} / default`).waitFor({ timeout: 60_000 });
    await pane.remark(`not in skiff-${cluster}`).waitFor();
  });

  it('begins a language server anew that ends, and gives up one that ends again and again', async () => {
    const { workbench, editor, cluster, home } = scenario;
    const pane = await workbench.focusedEditor();
    await pane.placeAfter('kind');
    const killed: number[] = [];
    const killNext = async () => {
      // It has to have answered: one that ends before that is another matter.
      await pane.hover('ConfigMap holds configuration data');
      const isNew = (pid: number | undefined) => pid !== undefined && !killed.includes(pid);
      const pid = await eventually('a server', () => languageServerOf(home), isNew);
      killed.push(pid ?? 0);
      process.kill(pid ?? 0, 'SIGKILL');
    };
    await killNext();
    await pane.squiggles().first().waitFor();
    for (let end = 2; end <= 5; end++) await killNext();
    const text = 'Manifests are not checked: the language server has ended 5 times';
    await workbench.notification(text);
    await expect(pane.squiggles()).toHaveCount(0);
    await editor.screenshot('surroundings-server-ended');
    await workbench.pressInNotification(text, 'Restart');
    await pane.squiggles().first().waitFor();
    await pane.remark(`not in skiff-${cluster}`).waitFor();
    await workbench.clearNotifications();
  });

  it('deploys what was never saved, and nothing that is no longer there', async () => {
    const { workbench, editor, workspace } = scenario;
    await workbench.open('gone.yaml');
    await rename(join(workspace, 'gone.yaml'), join(workspace, 'moved.txt'));
    await workbench.run('Skiff: Deploy');
    await workbench.notification('gone.yaml is not on disk any more. Save it, then try again.');
    await workbench.clearNotifications();
    await workbench.run('File: New Untitled Text File');
    await editor.page.keyboard.insertText(
      'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: unsaved }\n',
    );
    await workbench.choose('Change Language Mode', 'YAML');
    const pane = await workbench.focusedEditor();
    await pane.codeLens('Deploy').waitFor();
    await workbench.run('Skiff: Deploy');
    await workbench.tab('Rollout: Untitled-1').waitFor();
    tree = await workbench.openView();
    await tree.expand('Config');
    await tree.row(/^ConfigMap, unsaved/).waitFor();
    await editor.screenshot('surroundings-unsaved');
  });

  it('says why a context cannot be used, and waits for none longer than it is wanted', async () => {
    const { workbench, editor, cluster } = scenario;
    await workbench.open('settings.yaml');
    await workbench.choose('Skiff: Select Context…', 'plugin-missing');
    await workbench.notification('credential plugin "no-such-plugin" is not installed. Get it.');
    await expect(tree.message()).toContainText('is not installed. Get it.');
    await tree.row('Cluster plugin-missing, not connected').waitFor();
    await workbench.clearNotifications();
    await editor.screenshot('surroundings-plugin-missing');
    await workbench.choose('Skiff: Select Context…', 'plugin-hangs');
    await workbench.status('plugin-hangs: connecting').waitFor();
    await workbench.run('Skiff: Dry Run');
    await workbench.pressInNotification('Connecting to plugin-hangs', 'Cancel');
    await workbench.choose('Skiff: Select Context…', cluster);
    await workbench.status(`skiff-${cluster} / default`).waitFor();
  });
});

/** The process that checks manifests for the editor of a scenario, known by where its data is. */
async function languageServerOf(home: string): Promise<number | undefined> {
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const [command, environment] = await Promise.all(
      ['cmdline', 'environ'].map((file) =>
        readFile(join('/proc', entry, file), 'utf8').catch(() => ''),
      ),
    );
    const isServer = command?.includes('language-server.js') === true;
    if (isServer && environment?.includes(`XDG_DATA_HOME=${home}/data`)) return Number(entry);
  }
  return undefined;
}
