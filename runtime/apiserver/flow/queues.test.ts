import { describe, expect, it } from 'vitest';
import { deal, hashOf, Seats } from './queues.ts';

describe('a hand of queues', () => {
  it('has as many different ones as asked for, the same ones for the same flow', () => {
    for (const flow of ['jane', 'joe', 'system:serviceaccount:a:b', '']) {
      const hand = deal(hashOf(flow), 128, 6);
      expect(new Set(hand).size).toBe(6);
      expect(hand.every((card) => card >= 0 && card < 128)).toBe(true);
      expect(deal(hashOf(flow), 128, 6)).toEqual(hand);
    }
    expect(deal(7, 3, 8).sort()).toEqual([0, 1, 2]);
  });

  it('is another one for nearly every flow', () => {
    const hands = Array.from({ length: 500 }, (_, i) => deal(hashOf(`user-${i}`), 64, 6).join());
    expect(new Set(hands).size).toBeGreaterThan(495);
    const counts = new Array<number>(64).fill(0);
    for (const hand of hands) for (const card of hand.split(',')) counts[Number(card)]!++;
    // 47 each on average: no queue is left out, none is in every hand.
    expect(Math.min(...counts)).toBeGreaterThan(20);
    expect(Math.max(...counts)).toBeLessThan(90);
  });
});

describe('seats', () => {
  const queuing = { queues: 16, handSize: 2, queueLengthLimit: 3 };

  it('are given up to the limit, then in line, and turned away when the line is full', () => {
    const seats = new Seats(2, queuing);
    expect([seats.take(), seats.take(), seats.take()]).toEqual([true, true, false]);
    const started: number[] = [];
    const leaves = Array.from({ length: 7 }, (_, i) => seats.wait(5, () => started.push(i)));
    expect(leaves.filter((leave) => leave !== undefined)).toHaveLength(6);
    expect(seats.waiting).toBe(6);
    seats.leave();
    expect(started).toHaveLength(1);
    expect(seats.used).toBe(2);
  });

  it('go round: a flow that floods waits behind one that does not', () => {
    const seats = new Seats(1, queuing);
    seats.take();
    const order: string[] = [];
    for (let i = 0; i < 6; i++) seats.wait(hashOf('flood'), () => order.push('flood'));
    seats.wait(hashOf('other'), () => order.push('other'));
    for (let i = 0; i < 7; i++) seats.leave();
    expect(order).toHaveLength(7);
    expect(order.indexOf('other')).toBeLessThan(3);
    seats.leave();
    expect(seats.used).toBe(0);
  });

  it('pass over who has gone away', () => {
    const seats = new Seats(1, queuing);
    seats.take();
    const started: string[] = [];
    const leave = seats.wait(1, () => started.push('gone'));
    seats.wait(1, () => started.push('here'));
    leave?.();
    leave?.();
    seats.leave();
    expect(started).toEqual(['here']);
    expect(seats.waiting).toBe(0);
  });

  it('are as many as a request is wide; one wider than all of them waits until it is alone', () => {
    const seats = new Seats(4, queuing);
    expect(seats.take(3)).toBe(true);
    expect(seats.take(2)).toBe(false);
    const started: string[] = [];
    seats.wait(1, () => started.push('wide'), 9);
    seats.wait(2, () => started.push('narrow'), 1);
    expect(started).toEqual([]);
    seats.leave(3);
    expect(started).toEqual(['wide']);
    expect(seats.used).toBe(9);
    seats.leave(9);
    expect(started).toEqual(['wide', 'narrow']);
    expect([seats.used, seats.executing, seats.waiting]).toEqual([1, 1, 0]);
  });

  it('that are added later go to who waits', () => {
    const seats = new Seats(1, queuing);
    seats.take();
    const started: number[] = [];
    for (let i = 0; i < 3; i++) seats.wait(i, () => started.push(i));
    seats.limit = 3;
    expect(started).toHaveLength(2);
    seats.limit = 1;
    seats.leave();
    expect(started).toHaveLength(2);
    expect(seats.demand.observe().high).toBe(4);
  });

  it('go to the flow that has had the fewest, not the fewest requests', () => {
    const seats = new Seats(1, { queues: 2, handSize: 1, queueLengthLimit: 20 });
    seats.take();
    const order: string[] = [];
    for (let i = 0; i < 8; i++) seats.wait(0, () => order.push('wide'), 4);
    for (let i = 0; i < 8; i++) seats.wait(1, () => order.push('narrow'), 1);
    const widths = { wide: 4, narrow: 1 } as const;
    seats.leave();
    while (order.length < 10) seats.leave(widths[order.at(-1) as keyof typeof widths]);
    expect(order.filter((flow) => flow === 'narrow')).toHaveLength(8);
  });

  it('have no line where the level rejects', () => {
    const seats = new Seats(1, undefined);
    seats.take();
    expect(seats.wait(1, () => {})).toBeUndefined();
  });
});
