import { describe, expect, it } from 'vitest';
import { terminalSizes } from './terminal-size.ts';

describe('the size of a terminal', () => {
  it('is told one at a time, and in the end is the last that was asked for', async () => {
    const told: string[] = [];
    const answers: (() => void)[] = [];
    const resize = terminalSizes((columns, rows) => {
      told.push(`${columns}x${rows}`);
      return new Promise<void>((resolve) => answers.push(resolve));
    });
    resize(98, 32);
    resize(97, 31);
    resize(80, 24);
    expect(told).toEqual(['98x32']);

    answers.shift()?.();
    await Promise.resolve();
    await Promise.resolve();
    expect(told).toEqual(['98x32', '80x24']);
  });

  it('goes on after the engine has refused one', async () => {
    const told: string[] = [];
    const resize = terminalSizes((columns, rows) => {
      told.push(`${columns}x${rows}`);
      return told.length === 1 ? Promise.reject(new Error('gone')) : Promise.resolve();
    });
    resize(98, 32);
    resize(97, 31);
    await expect.poll(() => told).toEqual(['98x32', '97x31']);
    resize(80, 24);
    await expect.poll(() => told).toEqual(['98x32', '97x31', '80x24']);
  });
});
