/** Playwright's types, and the few of its assertions that wait, which playwright-core lacks. */
import type { Locator } from 'playwright-core';

export type { FrameLocator, Locator, Page } from 'playwright-core';

const patienceMs = 30_000;

/** Waits until the condition holds; fails with what was seen last. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T>,
  isRight: (seen: T) => boolean,
  timeoutMs = patienceMs,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (isRight(seen)) return seen;
    if (Date.now() > deadline) throw new Error(`${what}: saw ${JSON.stringify(seen)} to the end`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

/** `await expect(locator).toContainText('…')`, waiting. */
export function expect(locator: Locator) {
  const text = async () => (await locator.textContent({ timeout: patienceMs })) ?? '';
  return {
    toContainText: (part: string, timeoutMs?: number) =>
      eventually(`text "${part}"`, text, (seen) => seen.includes(part), timeoutMs),
    toHaveAttribute: (name: string, value: string) =>
      eventually(
        `${name}="${value}"`,
        () => locator.getAttribute(name),
        (seen) => seen === value,
      ),
    toHaveCount: (count: number, timeoutMs?: number) =>
      eventually(
        `${count} elements`,
        () => locator.count(),
        (seen) => seen === count,
        timeoutMs,
      ),
    not: {
      toHaveText: (whole: string) =>
        eventually(`not "${whole}"`, text, (seen) => seen.trim() !== whole),
    },
  };
}
