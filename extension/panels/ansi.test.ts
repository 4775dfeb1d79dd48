import { describe, expect, it } from 'vitest';
import { parseAnsi } from '../../media/ansi.ts';

const esc = '\u001b';

describe('parseAnsi', () => {
  it('leaves a plain line alone', () => {
    expect(parseAnsi('GET /books 200')).toEqual([{ text: 'GET /books 200', classes: [] }]);
  });

  it('turns colours into classes and takes them back', () => {
    expect(parseAnsi(`${esc}[1;31mERROR${esc}[0m failed`)).toEqual([
      { text: 'ERROR', classes: ['bold', 'fg1'] },
      { text: ' failed', classes: [] },
    ]);
    expect(parseAnsi(`${esc}[38;5;12mblue${esc}[39m.`)).toEqual([
      { text: 'blue', classes: ['fg12'] },
      { text: '.', classes: [] },
    ]);
  });

  it('drops what would move the cursor, set a title or link somewhere', () => {
    const line = `a${esc}[2Kb${esc}]0;title\u0007c${esc}]8;;https://x${esc}\\d${esc}[?25`;
    expect(
      parseAnsi(line)
        .map((span) => span.text)
        .join(''),
    ).toBe('abcd[?25');
  });
});
