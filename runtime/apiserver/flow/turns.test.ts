import { expect, it } from 'vitest';
import { Turns } from './turns.ts';

/** Requests that take a millisecond each, and an event loop that turns when it is told to. */
function world(few = 1, costMs = 1) {
  let time = 0;
  let calls: (() => void)[] = [];
  const turns = new Turns({ now: () => time, later: (call) => void calls.push(call), few });
  let begun = '';
  const run = (user: string) => {
    begun += user;
    time += costMs;
  };
  return {
    arrive(users: string) {
      for (const user of users) {
        const turn = turns.take(user);
        if (turn === undefined) run(user);
        else void turn.then(() => run(user));
      }
    },
    /** One turn of the loop; what was begun since the last one. */
    async turn(): Promise<string> {
      const due = calls;
      calls = [];
      for (const call of due) {
        call();
        await Promise.resolve();
      }
      const told = begun;
      begun = '';
      return told;
    },
    get time() {
      return time;
    },
    get isIdle() {
      return calls.length === 0;
    },
  };
}

it('lets nobody wait where there is little to do', async () => {
  const { arrive, turn } = world();
  for (let count = 0; count < 3; count++) {
    arrive('aab');
    expect(await turn()).toBe('aab');
  }
});

it('lets a client of some dozens of connections begin all of them', async () => {
  const loop = world(32);
  loop.arrive('a'.repeat(32));
  expect(await loop.turn()).toBe('a'.repeat(32));
  loop.arrive('a'.repeat(40));
  expect(await loop.turn()).toBe('a'.repeat(32));
  expect(await loop.turn()).toBe('aaaa');
});

it('gives every user a turn when there is more to do than time', async () => {
  const loop = world();
  loop.arrive('aaaaaabaac');
  expect(await loop.turn()).toBe('aaaa');
  expect(await loop.turn()).toBe('abca');
  // Whoever comes now stands behind nobody but those whose turn is before theirs.
  loop.arrive('aaad');
  expect(await loop.turn()).toBe('ad');
  expect(await loop.turn()).toBe('aaaa');
  expect(await loop.turn()).toBe('');
  expect(loop.isIdle).toBe(true);
  loop.arrive('b');
  expect(await loop.turn()).toBe('b');
});

it('begins something in each turn of the loop, and never loses a request', async () => {
  const loop = world();
  const sent = 'a'.repeat(40) + 'bc'.repeat(10);
  loop.arrive(sent);
  let begun = '';
  for (let count = 0; count < 60 && !loop.isIdle; count++) begun += await loop.turn();
  expect([...begun].sort()).toEqual([...sent].sort());
  expect(loop.isIdle).toBe(true);
  // Nobody has to wait for the forty.
  expect(begun.lastIndexOf('c')).toBeLessThan(4 + 3 * 10);
});

it.each([1, 4, 10])(
  'lets a single request wait for no more than some dozens of milliseconds beside five hundred of %i ms',
  async (costMs) => {
    const loop = world(64, costMs);
    let longest = 0;
    let flood = 500;
    for (let round = 0; round < 20; round++) {
      const arrived = loop.time;
      // Whoever has been answered asks again; the single request is read after all of them.
      loop.arrive(`${'a'.repeat(flood)}b`);
      flood = 0;
      for (let isWaiting = true; isWaiting; ) {
        const begun = await loop.turn();
        isWaiting = !begun.includes('b');
        flood += [...begun].filter((user) => user === 'a').length;
        if (isWaiting) loop.arrive('a'.repeat(flood));
        if (isWaiting) flood = 0;
      }
      longest = Math.max(longest, loop.time - arrived);
    }
    expect(longest).toBeLessThan(32 + 4 + 4 * costMs);
  },
);
