/** The panels without a mouse, by what is said of them, and in colours that can be read. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { unnamedControls, weakContrasts } from './support/accessibility.ts';
import { eventually, expect, type FrameLocator } from './support/playwright.ts';
import { useScenario } from './support/scenario.ts';
import { tiny } from './support/tiny.ts';

const quota = `apiVersion: v1
kind: Service
metadata:
  name: Tiny
spec:
  ports: [{ port: 80 }]
`;

const themes = [
  { name: 'light', theme: 'Default Light Modern' },
  { name: 'contrast', theme: 'Default High Contrast' },
  { name: 'dark', theme: 'Default Dark Modern' },
];

describe('panels', () => {
  const scenario = useScenario('panels', async (workspace) => {
    await writeFile(join(workspace, 'tiny.yaml'), `${tiny}---\n${quota}`);
  });

  const check = async (page: FrameLocator) => {
    await eventually('controls without a name', () => unnamedControls(page), isEmpty);
    await eventually('text that is hard to read', () => weakContrasts(page), isEmpty);
  };
  const isEmpty = (found: string[]) => found.length === 0;

  it('shows a rollout whose every control has a name, in every theme', async () => {
    const { workbench, editor } = scenario;
    await workbench.explorerMenu('tiny.yaml', 'Deploy');
    await workbench.tab('Rollout: tiny').waitFor({ timeout: 60_000 });
    await workbench.openView();
    const page = await workbench.webview();
    await expect(page.locator('.count')).toContainText('1 of 1 ready', 60_000);
    await page.getByRole('button', { name: 'Logs (Deployment tiny)' }).waitFor();
    for (const { name, theme } of themes) {
      await workbench.useTheme(theme);
      await check(page);
      await editor.screenshot(`panels-rollout-${name}`);
    }
  });

  it('goes from the rollout to the log by keyboard', async () => {
    const { workbench, editor } = scenario;
    const rollout = await workbench.webview();
    await rollout.getByRole('button', { name: 'Logs (Deployment tiny)' }).focus();
    await editor.page.keyboard.press('Tab');
    await expect(rollout.locator(':focus')).toContainText('Details');
    await editor.page.keyboard.press('Shift+Tab');
    await editor.page.keyboard.press('Enter');
    await workbench.tab('Logs: tiny').waitFor();
    const page = await workbench.webview();
    await page.locator('.line .text', { hasText: 'run of tiny-' }).first().waitFor();
    for (const { name, theme } of themes) {
      await workbench.useTheme(theme);
      await check(page);
      await editor.screenshot(`panels-logs-${name}`);
    }
  });

  it('filters the log by keyboard and says what is left', async () => {
    const { workbench, editor } = scenario;
    const page = await workbench.webview();
    await page.getByRole('searchbox', { name: 'Filter lines' }).focus();
    await editor.page.keyboard.type('no such line');
    await expect(page.getByRole('status').last()).toContainText('0 of 1 line');
    await expect(page.locator('.empty')).toContainText('No line matches the filter');
    await editor.page.keyboard.press('Tab');
    await editor.page.keyboard.press('ArrowRight');
    await expect(page.locator(':focus')).toContainText('Wrap');
    await editor.page.keyboard.press('Space');
    await expect(page.locator(':focus')).toHaveAttribute('aria-pressed', 'true');
    await editor.screenshot('panels-logs-filtered');
  });
});
