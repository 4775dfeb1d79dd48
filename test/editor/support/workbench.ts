/** Page objects: what a person does and sees in the editor, in the editor's own words. */
import { EditorPane } from './editor-pane.ts';
import { choose, isClicked, untilShown } from './gestures.ts';
import { eventually, expect, type FrameLocator, type Locator, type Page } from './playwright.ts';

/** The command palette, the side bar, dialogs and notifications. */
export class Workbench {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** Runs a command by its title, as a person does. */
  async run(title: string): Promise<void> {
    const input = this.quickInput();
    // Other titles may contain this one and stand before it.
    const names = this.#page.locator('.quick-input-list .monaco-list-row .label-name');
    await eventually(
      `running ${title}`,
      async () => {
        await this.#ask('F1', `>${title}`);
        if (await isClicked(names.getByText(title, { exact: true }).first())) return true;
        // A palette that was opened before the extension was ready lacks its commands.
        await this.#page.keyboard.press('Escape');
        return false;
      },
      (isDone) => isDone,
    );
    // The command may have opened a list of its own in the palette's place.
    await eventually(
      'the end of the palette',
      async () => (await input.isVisible()) && (await input.inputValue()).startsWith('>'),
      (isOpen) => !isOpen,
    );
  }

  /** Opens a quick input and types into it; anew if something took the focus and closed it. */
  async #ask(key: string, text: string): Promise<void> {
    const input = this.quickInput();
    const isFilled = () =>
      input.fill(text, { timeout: 3000 }).then(
        () => true,
        () => false,
      );
    await eventually(
      `the quick input of ${key}`,
      async () => {
        await this.#page.keyboard.press(key);
        return isFilled();
      },
      (filled) => filled,
    );
  }

  /** Opens a file of the workspace by its name. */
  async open(file: string): Promise<EditorPane> {
    await this.#ask('ControlOrMeta+p', file);
    const row = this.#page.locator('.quick-input-list .monaco-list-row').first();
    await expect(row).toContainText(file.split('/').pop() ?? file);
    await this.#page.keyboard.press('Enter');
    await this.#page
      .locator(`.tab.active[data-resource-name="${file.split('/').pop()}"]`)
      .waitFor();
    return new EditorPane(this.#page);
  }

  /** The text editor that was opened last. */
  async focusedEditor(): Promise<EditorPane> {
    await this.#page.locator('.editor-group-container.active .monaco-editor').first().waitFor();
    return new EditorPane(this.#page);
  }

  /** Chooses in a quick pick or types into an input box. */
  async answer(text: string): Promise<void> {
    const input = this.quickInput();
    await input.waitFor();
    await input.fill(text);
    await this.#page.keyboard.press('Enter');
  }

  /** Runs a command that opens a list, and chooses from it; anew if something closed the list. */
  async choose(title: string, text: string): Promise<void> {
    const row = this.#page.locator('.quick-input-list .monaco-list-row', { hasText: text });
    await eventually(
      `choosing ${text} after ${title}`,
      async () => {
        await this.run(title);
        return this.quickInput()
          .fill(text, { timeout: 10_000 })
          .then(() => row.first().click({ timeout: 10_000 }))
          .then(
            () => true,
            () => false,
          );
      },
      (isChosen) => isChosen,
      60_000,
    );
    await row.first().waitFor({ state: 'hidden' });
  }

  dialog(): Locator {
    return this.#page.locator('.monaco-dialog-box');
  }

  async pressInDialog(label: string): Promise<void> {
    const button = this.dialog().getByRole('button', { name: label, exact: true });
    await button.click();
    await button.waitFor({ state: 'hidden' });
  }

  /**
   * What the editor tells, once it is there. As it is run here it shows no toasts: the list behind
   * the bell is opened, and shut again by `clearNotifications`.
   */
  async notification(text: string | RegExp, timeout = 30_000): Promise<Locator> {
    const list = this.#page.locator('.notifications-center.visible');
    const found = list.locator('.notification-list-item', { hasText: text }).first();
    await eventually(
      `notification ${text}`,
      async () => {
        // It shuts by itself when the last one goes.
        if (!(await list.isVisible()))
          await this.#page.locator('[id="status.notifications"]').click();
        await found.waitFor({ timeout: 1000 }).catch(() => {});
        return found.isVisible();
      },
      (isThere) => isThere,
      timeout,
    );
    return found;
  }

  /** Presses a button of a notification, whose list may shut meanwhile. */
  async pressInNotification(text: string | RegExp, label: string): Promise<void> {
    await eventually(
      `pressing ${label}`,
      async () => {
        const button = (await this.notification(text)).getByRole('button', { name: label });
        return button.click({ timeout: 2000 }).then(
          () => true,
          () => false,
        );
      },
      (isPressed) => isPressed,
    );
  }

  async clearNotifications(): Promise<void> {
    await this.run('Notifications: Clear All Notifications');
  }

  status(text: string | RegExp): Locator {
    return this.#page.locator('.statusbar-item', { hasText: text });
  }

  /** What asks or lists in the middle of the top. */
  quickInput(): Locator {
    return this.#page.locator('.quick-input-widget input');
  }

  /** Opens Skiff's view in the activity bar, unless it is open: a second press would close it. */
  async openView(): Promise<Tree> {
    const title = this.#page.locator('.part.sidebar .title-label', { hasText: 'Skiff' });
    if (!(await title.isVisible())) {
      await this.#page.locator('.activitybar .action-item a[aria-label^="Skiff"]').first().click();
      await title.waitFor();
    }
    return new Tree(this.#page);
  }

  /** Chooses from the context menu of a file or folder in the Explorer. */
  async explorerMenu(file: string, item: string): Promise<void> {
    await this.#page.keyboard.press('ControlOrMeta+Shift+e');
    const row = this.#page.locator('.explorer-folders-view').getByRole('treeitem', { name: file });
    await choose(this.#page, row.first(), item);
  }

  /** Chooses a colour theme by its setting's name. */
  async useTheme(theme: string): Promise<void> {
    await this.run('Preferences: Color Theme');
    const input = this.quickInput();
    const label = theme.replace(/^Default /, '');
    await input.fill(label);
    const row = this.#page.locator('.quick-input-list .monaco-list-row', { hasText: label });
    await row.first().click();
    await row.first().waitFor({ state: 'hidden' });
  }

  tab(name: string | RegExp): Locator {
    return this.#page.locator('.tabs-container .tab', { hasText: name });
  }

  /** How many problems there are: errors, then warnings. */
  problems(): Locator {
    return this.#page.locator('[id="status.problems"]');
  }

  /** The page inside the webview whose tab is active. */
  async webview(): Promise<FrameLocator> {
    const outer = this.#page.locator('iframe.webview.ready').last();
    await outer.waitFor();
    return outer.contentFrame().frameLocator('iframe#active-frame');
  }
}

/** The cluster tree. */
export class Tree {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** Rows are found by what a screen reader says. */
  row(spoken: string | RegExp): Locator {
    const name = typeof spoken === 'string' ? new RegExp(`^${escapePattern(spoken)}`) : spoken;
    return this.#page.locator('.customview-tree').getByRole('treeitem', { name });
  }

  /** All rows whose children are shown. */
  open(): Locator {
    return this.#page.locator('[aria-expanded="true"]');
  }

  async expand(spoken: string | RegExp): Promise<void> {
    const row = this.row(spoken).first();
    await row.waitFor();
    const open = row.and(this.open());
    if (await open.isVisible()) return;
    await untilShown(`opening ${spoken}`, open, async () => {
      await isClicked(row.locator('.monaco-tl-twistie'));
    });
  }

  /** Presses one of the buttons at the end of a row, until what it shows is there. */
  async press(spoken: string | RegExp, action: string, shows: Locator): Promise<void> {
    const row = this.row(spoken).first();
    await row.waitFor();
    await untilShown(`pressing ${action}`, shows, async () => {
      // A row that is drawn anew under the pointer hides its buttons until the pointer moves.
      await this.#page.mouse.move(0, 0);
      await row.hover({ timeout: 3000 }).catch(() => {});
      await isClicked(row.locator(`.actions a[aria-label^="${action}"]`));
    });
  }

  /** Chooses from the context menu of a row, until what it shows is there. */
  async menu(spoken: string | RegExp, item: string, shows: Locator): Promise<void> {
    const row = this.row(spoken).first();
    await untilShown(`choosing ${item}`, shows, () => choose(this.#page, row, item));
  }

  /** What the view says above the tree. */
  message(): Locator {
    return this.#page.locator('.tree-explorer-viewlet-tree-view .message');
  }

  welcome(): Locator {
    return this.#page.locator('.welcome-view-content');
  }
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
