import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { VirtualClock } from '../../api/clock.ts';
import { Backlogs } from './backlogs.ts';

const megabyte = 1024 * 1024;

class Watch extends EventEmitter {
  writableLength = 0;
  gone = false;

  destroy(): void {
    this.gone = true;
    this.emit('close');
  }
}

function setUp() {
  const clock = new VirtualClock();
  const backlogs = new Backlogs(clock);
  const owe = (watch: Watch, bytes: number) => {
    watch.writableLength = bytes;
    backlogs.note(watch);
  };
  return { clock, owe };
}

test('who reads nothing for half a minute is cut off, also when nothing more comes', async () => {
  const { clock, owe } = setUp();
  const [asleep, slow, quick] = [new Watch(), new Watch(), new Watch()];
  for (const watch of [asleep, slow, quick]) owe(watch, megabyte);
  await clock.advance(20_000);
  slow.emit('drain');
  owe(slow, megabyte);
  owe(quick, 1000);
  await clock.advance(20_000);
  expect([asleep.gone, slow.gone, quick.gone]).toEqual([true, false, false]);
  await clock.advance(10_000);
  expect([slow.gone, quick.gone]).toEqual([true, false]);
});

test('who is too far behind is cut off at once', () => {
  const { owe } = setUp();
  const watch = new Watch();
  owe(watch, 60 * megabyte);
  expect(watch.gone).toBe(false);
  owe(watch, 65 * megabyte);
  expect(watch.gone).toBe(true);
});

test('where all together are too far behind, those go that have been so the longest', async () => {
  const { clock, owe } = setUp();
  const early = Array.from({ length: 20 }, () => new Watch());
  for (const watch of early) owe(watch, 10 * megabyte);
  await clock.advance(3000);
  const late = Array.from({ length: 20 }, () => new Watch());
  // A burst, which nobody has had the time to read.
  for (const watch of late) owe(watch, 10 * megabyte);
  expect(early.filter(({ gone }) => gone)).toHaveLength(15);
  expect(late.filter(({ gone }) => gone)).toHaveLength(0);
});

test('who falls behind and catches up leaves nothing behind', () => {
  const { owe } = setUp();
  const watch = new Watch();
  for (let round = 0; round < 3; round++) {
    owe(watch, megabyte);
    owe(watch, 0);
    owe(watch, megabyte);
    watch.emit('drain');
  }
  expect([watch.listenerCount('drain'), watch.listenerCount('close')]).toEqual([0, 0]);
});
