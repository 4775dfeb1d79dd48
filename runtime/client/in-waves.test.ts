import { describe, expect, it } from 'vitest';
import { inWaves } from './in-waves.ts';

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Work that ends when the test says so. */
function bench() {
  const begun: number[] = [];
  const ends = new Map<number, () => void>();
  const told: string[] = [];
  const work = async (item: number) => {
    begun.push(item);
    await new Promise<void>((resolve) => ends.set(item, resolve));
    return `r${item}`;
  };
  const finish = async (...items: number[]) => {
    for (const item of items) ends.get(item)?.();
    await settled();
  };
  return { begun, told, work, finish, onResult: (result: string) => void told.push(result) };
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('work in waves', () => {
  it('goes on eight at a time, and is told of in order whatever ends first', async () => {
    const { begun, told, work, finish, onResult } = bench();
    const all = inWaves([upTo(12)], work, { onResult });
    await settled();
    expect(begun).toEqual(upTo(8));
    await finish(5, 1);
    expect(begun).toEqual(upTo(10));
    expect(told).toEqual([]);
    await finish(0);
    expect(told).toEqual(['r0', 'r1']);
    await finish(...upTo(11));
    await finish(11);
    expect(await all).toEqual(upTo(12).map((item) => `r${item}`));
    expect(told).toEqual(await all);
  });

  it('begins no wave before the one that it needs has ended', async () => {
    const { begun, work, finish } = bench();
    const all = inWaves([[0, 1], [2]], work);
    await finish(0);
    expect(begun).toEqual([0, 1]);
    await finish(1);
    expect(begun).toEqual([0, 1, 2]);
    await finish(2);
    expect(await all).toEqual(['r0', 'r1', 'r2']);
  });

  it('stops at once when nobody wants it any more, without waiting for what is on its way', async () => {
    const { begun, told, work, finish, onResult } = bench();
    const abort = new AbortController();
    const all = inWaves([upTo(20), [20]], work, { onResult, signal: abort.signal });
    await finish(0);
    abort.abort(new Error('enough'));
    await expect(all).rejects.toThrow('enough');
    await finish(...upTo(9));
    expect(begun).toEqual(upTo(9));
    expect(told).toEqual(['r0']);
    await expect(inWaves([[1]], work, { signal: abort.signal })).rejects.toThrow('enough');
  });

  it('begins nothing more where telling of a result fails', async () => {
    const { begun, work, finish } = bench();
    const onResult = () => {
      throw new Error('the server is gone');
    };
    const all = inWaves([upTo(20)], work, { onResult });
    const failed = expect(all).rejects.toThrow('the server is gone');
    await finish(0);
    await failed;
    await finish(...upTo(9));
    expect(begun.length).toBeLessThanOrEqual(9);
  });
});
