import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../runtime/api/clock.ts';
import { EngineImages } from './engine-images.ts';

function imagesFrom(lines: () => readonly string[]) {
  const clock = new VirtualClock();
  const told: (readonly string[])[] = [];
  const logged: string[] = [];
  let asked = 0;
  const images = new EngineImages({
    clock,
    list: async (onLine) => {
      asked += 1;
      for (const line of lines()) onLine(line);
    },
    tell: (names) => told.push(names),
    log: (line) => logged.push(line),
  });
  return { clock, images, told, logged, asked: () => asked };
}

describe('images of the engine', () => {
  it('are told, and asked for again when they may have changed', async () => {
    const { clock, images, told, asked } = imagesFrom(() => ['["web:1","web:dev"]']);
    await Promise.all([images.refresh(), images.refresh()]);
    expect(told).toEqual([['web:1', 'web:dev']]);
    await clock.advance(5_000);
    await images.refresh();
    expect(asked()).toBe(1);
    await clock.advance(6_000);
    await images.refresh();
    expect(asked()).toBe(2);
    images.forget();
    await images.refresh();
    expect(asked()).toBe(3);
  });

  it('are none where no engine answers, or something else does', async () => {
    const silent = imagesFrom(() => {
      throw new Error('no container engine');
    });
    await silent.images.refresh();
    expect(silent.told).toEqual([]);
    expect(silent.logged).toEqual(['images of the engine: no container engine']);
    const odd = imagesFrom(() => ['warning: x', '{"a":1}', '["a:1", 2]']);
    await odd.images.refresh();
    expect(odd.told).toEqual([['a:1']]);
  });
});
