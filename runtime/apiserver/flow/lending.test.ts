import { describe, expect, it } from 'vitest';
import { Demand } from './demand.ts';
import { type Limits, lent, limitsOf } from './lending.ts';

describe('the demand of a level', () => {
  it('is what was wanted for how long, rises at once and falls slowly', () => {
    let now = 0;
    const demand = new Demand(() => now);
    demand.set(4);
    now = 5_000;
    demand.set(0);
    now = 10_000;
    // Half of the time 4, half of it 0: 2 on average, and 2 from that all the time.
    expect(demand.observe()).toEqual({ high: 4, smoothed: 4 });
    now = 20_000;
    const { high, smoothed } = demand.observe();
    expect(high).toBe(0);
    expect(smoothed).toBeCloseTo(4 * 0.977);
    demand.set(9);
    now = 30_000;
    expect(demand.observe()).toEqual({ high: 9, smoothed: 9 });
  });
});

describe('lending', () => {
  it('is bounded by what a level says of itself', () => {
    expect(limitsOf({ lendablePercent: 33 }, 30, 245, 600)).toEqual({
      ...{ nominal: 74, min: 50, max: 674 },
    });
    const none = limitsOf({ lendablePercent: 90, borrowingLimitPercent: 20 }, 100, 245, 600);
    expect(none).toEqual({ nominal: 245, min: 24, max: 294 });
    expect(limitsOf({}, 0, 0, 600)).toEqual({ nominal: 0, min: 0, max: 600 });
  });

  const idle = { high: 0, smoothed: 0 };
  const wants = (seats: number) => ({ high: seats, smoothed: seats });
  const level = (nominal: number, min: number, max: number): Limits => ({ nominal, min, max });
  const sum = (counts: number[]) => counts.reduce((all, count) => all + count, 0);

  it('gives a busy level what an idle one can spare, and no more than it may borrow', () => {
    const [a = 0, b = 0] = lent(100, [
      { limits: level(50, 10, 150), observed: idle },
      { limits: level(50, 25, 150), observed: wants(200) },
    ]);
    expect([a, b]).toEqual([10, 90]);
    const bounded = lent(100, [
      { limits: level(50, 10, 150), observed: idle },
      { limits: level(50, 25, 60), observed: wants(200) },
    ]);
    expect(bounded).toEqual([40, 60]);
  });

  it('takes from nobody what it has just needed of its own', () => {
    expect(
      lent(100, [
        { limits: level(50, 0, 150), observed: { high: 45, smoothed: 3 } },
        { limits: level(50, 25, 150), observed: wants(200) },
      ]),
    ).toEqual([45, 55]);
  });

  it('shares what is wanted by all in proportion, and never hands out more than there is', () => {
    const all = lent(100, [
      { limits: level(40, 0, 140), observed: wants(10) },
      { limits: level(40, 0, 140), observed: wants(30) },
      { limits: level(20, 0, 120), observed: wants(20) },
    ]);
    expect(sum(all)).toBe(100);
    expect(all[1]! / all[0]!).toBeCloseTo(3, 0);
    const poor = lent(10, [
      { limits: level(20, 20, 120), observed: wants(50) },
      { limits: level(20, 20, 120), observed: wants(50) },
    ]);
    expect(poor).toEqual([5, 5]);
    expect(lent(100, [{ limits: level(0, 0, 100), observed: idle }])).toEqual([100]);
  });
});
