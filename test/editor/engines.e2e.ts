/** A machine without a container engine, and the same machine once it has one. */
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { untilShown } from './support/gestures.ts';
import { expect } from './support/playwright.ts';
import { useScenario } from './support/scenario.ts';
import type { Tree } from './support/workbench.ts';

describe('without a container engine', () => {
  const scenario = useScenario('engines', async () => {}, {
    env: (home) => ({ DOCKER_HOST: `unix://${join(home, 'docker.sock')}` }),
  });
  let tree: Tree;

  it('says why there is none, and starts simulated', async () => {
    const { workbench, editor } = scenario;
    tree = await workbench.openView();
    await tree.welcome().getByRole('button', { name: 'Start Cluster' }).click();
    await workbench.notification(/No container engine answers.*docker\.sock/s);
    await expect(tree.welcome()).toContainText('No container engine answers');
    await editor.screenshot('engines-none');
    await workbench.pressInNotification('No container engine answers', 'Start Simulated');
    await workbench.clearNotifications();
    await expect(tree.row('Namespace default')).toHaveCount(1, 60_000);
    await tree.expand('Nodes');
    await tree.row(/^Node, .*simulated/).waitFor();
    await editor.screenshot('engines-simulated');
  });

  it('asks before it resets, and starts anew on the engine that is there now', async () => {
    const { workbench, editor, home } = scenario;
    await symlink('/var/run/docker.sock', join(home, 'docker.sock'));
    await workbench.run('Skiff: Reset Cluster…');
    await workbench.dialog().waitFor();
    await editor.screenshot('engines-reset');
    await workbench.pressInDialog('Reset');
    await expect(tree.row(/^Node, .*simulated/)).toHaveCount(0, 60_000);
    await tree.row('Namespace default').waitFor({ timeout: 60_000 });
    // What is opened in the last moment of the cluster before is closed in the new one.
    await untilShown('opening the volumes', tree.row(/^StorageClass, standard/), () =>
      tree.expand('Volumes'),
    );
  });
});
