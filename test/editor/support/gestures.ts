/** What pointers do to things that move: again, until it has had its effect. */
import { eventually, type Locator, type Page } from './playwright.ts';

/**
 * Acts until what comes of it is there: a row that is drawn anew between press and release of the
 * button swallows the click. The patience between two tries is long, so that nothing that is only
 * slow is asked for twice.
 */
export async function untilShown(
  what: string,
  shows: Locator,
  act: () => Promise<void>,
): Promise<void> {
  await eventually(
    what,
    async () => {
      await act();
      return shows
        .first()
        .waitFor({ timeout: 10_000 })
        .then(
          () => true,
          () => false,
        );
    },
    (isThere) => isThere,
    60_000,
  );
}

export async function isClicked(target: Locator): Promise<boolean> {
  return target.click({ timeout: 3000 }).then(
    () => true,
    () => false,
  );
}

/** Chooses from a context menu, which closes when what is under it is drawn anew: then once more. */
export async function choose(page: Page, on: Locator, item: string): Promise<void> {
  const entry = page.locator('.monaco-menu').getByRole('menuitem', { name: item, exact: true });
  await eventually(
    `choosing ${item}`,
    async () => {
      if (!(await entry.isVisible()))
        await on.click({ button: 'right', timeout: 2000 }).catch(() => {});
      await entry.waitFor({ timeout: 2000 }).catch(() => {});
      // A menu does not listen at once after it has opened.
      await page.waitForTimeout(300);
      const isChosen = await isClicked(entry);
      if (!isChosen) {
        // One that was opened before the extension was ready lacks its items or has them disabled.
        await page.keyboard.press('Escape');
        return false;
      }
      await page.waitForTimeout(200);
      return isChosen && !(await entry.isVisible());
    },
    (isDone) => isDone,
  );
}
