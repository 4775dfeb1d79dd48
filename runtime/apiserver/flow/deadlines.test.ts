import { expect, it } from 'vitest';
import { VirtualClock } from '../../api/clock.ts';
import { Deadlines } from './deadlines.ts';

const kilobyte = 1024;

function world() {
  const clock = new VirtualClock();
  const told: string[] = [];
  const deadlines = new Deadlines(clock, (message) => void told.push(message));
  const ended: number[] = [];
  const answers = (count: number) =>
    Array.from({ length: count }, (_, index) => {
      const answer = { writableLength: 128 * kilobyte, socket: { bytesWritten: 1 } };
      deadlines.set(60_000, () => void ended.push(index), answer);
      return answer;
    });
  return { clock, told, deadlines, ended, answers };
}

it('gives answers that nobody reads their minute while they are few', async () => {
  const { clock, ended, told, answers } = world();
  answers(500);
  await clock.advance(59_000);
  expect(ended).toEqual([]);
  await clock.advance(2_000);
  expect(ended).toHaveLength(500);
  expect(told).toEqual([]);
});

it('ends the oldest of those that nobody reads as soon as all take too much', async () => {
  const { clock, ended, told, answers } = world();
  answers(1000);
  await clock.advance(2_000);
  expect(ended).toEqual([]);
  await clock.advance(3_000);
  // 682 times 128 KB, three times each, are 256 MB.
  expect(ended).toEqual(Array.from({ length: 318 }, (_, index) => index));
  expect(told).toEqual(['closed 318 connections that did not read what they asked for']);
});

it('lets those go on that are read, however slowly, and those that hold little', async () => {
  const { clock, ended, answers } = world();
  const reading = answers(1000);
  for (const answer of answers(1000)) answer.writableLength = 60 * kilobyte;
  for (let second = 0; second < 20; second++) {
    for (const { socket } of reading) socket.bytesWritten++;
    await clock.advance(2_000);
  }
  expect(ended).toEqual([]);
});

it('sweeps once a second, also when what expires sets something new', async () => {
  const { clock, deadlines } = world();
  let looks = 0;
  const again = () => void deadlines.set(1_000, again);
  for (let count = 0; count < 3; count++) again();
  deadlines.set(60_000, () => {}, {
    get writableLength() {
      looks++;
      return 0;
    },
    socket: null,
  });
  await clock.advance(20_000);
  expect(looks).toBe(20);
});
