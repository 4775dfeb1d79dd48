/** Page object: what a person does and sees in a text editor. */
import { isClicked, untilShown } from './gestures.ts';
import { eventually, expect, type Locator, type Page } from './playwright.ts';

/** The text editor that has the focus. */
export class EditorPane {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** Replaces the first occurrence of a text, through the editor's own find and replace. */
  async replace(from: string, to: string): Promise<void> {
    await this.#page
      .locator('.editor-group-container.active .editor-instance .view-lines')
      .first()
      .click();
    await this.#page.keyboard.press('ControlOrMeta+Home');
    await this.#page.keyboard.press('ControlOrMeta+h');
    const find = this.#page.locator('.find-widget.visible textarea[aria-label="Find"]');
    await find.fill(from);
    await this.#page.locator('.find-widget.visible textarea[aria-label="Replace"]').fill(to);
    await expect(this.#page.locator('.find-widget .matchesCount')).not.toHaveText('No results');
    await this.#page.keyboard.press('Enter');
    await this.#page.keyboard.press('Enter');
    await this.#page.keyboard.press('Escape');
  }

  /** Puts the cursor behind the first occurrence of a text. */
  async placeAfter(text: string): Promise<void> {
    await this.text().click();
    await this.#page.keyboard.press('ControlOrMeta+Home');
    await this.#page.keyboard.press('ControlOrMeta+f');
    await this.#page.locator('.find-widget.visible textarea[aria-label="Find"]').fill(text);
    await expect(this.#page.locator('.find-widget .matchesCount')).not.toHaveText('No results');
    await this.#page.keyboard.press('Escape');
    await this.#page.keyboard.press('ArrowRight');
  }

  /** Asks for completions at the cursor until one of this label is among them. */
  async suggestion(label: string, timeout = 30_000): Promise<Locator> {
    const row = this.#page.locator('.suggest-widget.visible .monaco-list-row', { hasText: label });
    await eventually(
      `the suggestion ${label}`,
      async () => {
        await this.#page.keyboard.press('Escape');
        await this.#page.keyboard.press('ControlOrMeta+Space');
        await row
          .first()
          .waitFor({ timeout: 3000 })
          .catch(() => {});
        return row.first().isVisible();
      },
      (isThere) => isThere,
      timeout,
    );
    return row.first();
  }

  /** Chooses from the fixes for the place of the cursor, until what comes of it is there. */
  async fix(title: string, comes: () => Promise<boolean>): Promise<void> {
    const row = this.#page.locator('.action-widget .monaco-list-row', { hasText: title }).first();
    await eventually(
      `the fix ${title}`,
      async () => {
        await this.#page.keyboard.press('ControlOrMeta+.');
        await row.waitFor({ timeout: 3000 }).catch(() => {});
        if (!(await row.isVisible()) || !(await isClicked(row))) {
          // One that came before the problem was known lacks its fixes.
          await this.#page.keyboard.press('Escape');
          return false;
        }
        return eventually(title, comes, (isThere) => isThere, 5000).catch(() => false);
      },
      (isDone) => isDone,
    );
  }

  /** Presses keys until what they show is there. */
  async pressUntil(keys: string, shows: Locator): Promise<void> {
    await untilShown(`what ${keys} shows`, shows, () => this.#page.keyboard.press(keys));
  }

  /** Waits until the lines that can be seen, hints and all, have a text. */
  async shows(text: string | RegExp): Promise<void> {
    await eventually(
      `the text ${text}`,
      () => this.#lines(),
      (seen) => isIn(seen, text),
    );
  }

  async has(text: string | RegExp): Promise<boolean> {
    return isIn(await this.#lines(), text);
  }

  #lines(): Promise<string> {
    return this.text()
      .locator('.view-line')
      .evaluateAll((all) =>
        (all as { style: { top: string }; textContent: string | null }[])
          .map((line) => ({ top: Number.parseFloat(line.style.top), text: line.textContent }))
          .sort((a, b) => a.top - b.top)
          .map((line) => (line.text ?? '').replaceAll('\u00a0', ' '))
          .join('\n'),
      );
  }

  /** What is said of the place of the cursor, once this is part of it. */
  async hover(text: string): Promise<Locator> {
    const hover = this.#page.locator('.monaco-hover:visible', { hasText: text }).first();
    await eventually(
      `the hover with ${text}`,
      async () => {
        // One that came too early does not change.
        await this.#page.keyboard.press('Escape');
        await this.#page.keyboard.press('ControlOrMeta+k');
        await this.#page.keyboard.press('ControlOrMeta+i');
        await hover.waitFor({ timeout: 2000 }).catch(() => {});
        return hover.isVisible();
      },
      (isThere) => isThere,
    );
    return hover;
  }

  async save(): Promise<void> {
    await this.#page.keyboard.press('ControlOrMeta+s');
    await this.#page.locator('.tab.active:not(.dirty)').first().waitFor();
  }

  squiggles(): Locator {
    return this.#page.locator('.squiggly-error');
  }

  /** Presses a lens until what it shows is there. */
  async pressLens(title: string, shows: Locator): Promise<void> {
    await untilShown(`pressing ${title}`, shows, async () => {
      await isClicked(this.codeLens(title).first());
    });
  }

  codeLens(title: string): Locator {
    return this.#page.locator('.codelens-decoration a', { hasText: title });
  }

  /** A lens that only says something, and is nothing to press. */
  remark(text: string): Locator {
    return this.#page.locator('.codelens-decoration', { hasText: text });
  }

  text(): Locator {
    return this.#page
      .locator('.editor-group-container.active .editor-instance .view-lines')
      .first();
  }
}

function isIn(seen: string, text: string | RegExp): boolean {
  return typeof text === 'string' ? seen.includes(text) : text.test(seen);
}
