/** What can be measured of a page: whether controls have names and text stands out from its ground. */
import type { FrameLocator } from './playwright.ts';

/** Controls that a screen reader could only call "button". */
export function unnamedControls(page: FrameLocator): Promise<string[]> {
  return page.locator('button, input, select, [tabindex]').evaluateAll((controls) =>
    controls
      .filter((control) => {
        const name = control.getAttribute('aria-label') ?? control.textContent ?? '';
        return name.trim() === '';
      })
      .filter((control) => control.checkVisibility())
      .map((control) => control.outerHTML.slice(0, 120)),
  );
}

/**
 * Texts whose contrast is less than WCAG 2.2 asks for (1.4.3: 4.5 to 1). Opacity and images behind
 * text are not looked at.
 */
export function weakContrasts(page: FrameLocator): Promise<string[]> {
  return page.locator('body').evaluate((body) => {
    // The page's own globals: this file is compiled for Node, which has none of them.
    const { getComputedStyle, Node } = body.ownerDocument.defaultView;
    type PageElement = typeof body;
    type Colour = [red: number, green: number, blue: number, alpha: number];
    const colourOf = (text: string): Colour => {
      const [red = 0, green = 0, blue = 0, alpha = 1] = (text.match(/[\d.]+/g) ?? []).map(Number);
      return [red, green, blue, alpha];
    };
    const over = ([r, g, b, a]: Colour, [r2, g2, b2]: Colour): Colour => [
      r * a + r2 * (1 - a),
      g * a + g2 * (1 - a),
      b * a + b2 * (1 - a),
      1,
    ];
    const groundOf = (element: PageElement | null): Colour => {
      if (element === null) return [255, 255, 255, 1];
      const own = colourOf(getComputedStyle(element).backgroundColor);
      return own[3] === 1 ? own : over(own, groundOf(element.parentElement));
    };
    const luminance = ([red, green, blue]: Colour): number => {
      const part = (value: number) => {
        const share = value / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      };
      return 0.2126 * part(red) + 0.7152 * part(green) + 0.0722 * part(blue);
    };
    const weak: string[] = [];
    for (const element of body.querySelectorAll('*')) {
      const text = [...element.childNodes]
        .filter((node: PageElement) => node.nodeType === Node.TEXT_NODE)
        .map((node: PageElement) => node.textContent.trim())
        .join('');
      if (text === '' || !element.checkVisibility()) continue;
      const style = getComputedStyle(element);
      const ground = groundOf(element);
      const [light = 0, dark = 0] = [
        luminance(ground),
        luminance(over(colourOf(style.color), ground)),
      ].sort((a, b) => b - a);
      const ratio = (light + 0.05) / (dark + 0.05);
      if (ratio < 4.5)
        weak.push(
          `${element.className || element.tagName} "${text.slice(0, 40)}": ${ratio.toFixed(2)}`,
        );
    }
    return weak;
  });
}
