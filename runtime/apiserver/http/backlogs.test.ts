import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { VirtualClock } from '../../api/clock.ts';
import { Backlogs } from './backlogs.ts';
import { Outlet } from './outlet.ts';

const megabyte = 1024 * 1024;

/** A connection that takes what it is told to. */
class Connection extends EventEmitter {
  readonly writableHighWaterMark = 16 * 1024;
  writableLength = 0;
  received = '';
  gone = false;
  ended = false;

  write(bytes: Buffer): boolean {
    this.writableLength += bytes.length;
    this.received += bytes.toString();
    return true;
  }

  take(): void {
    this.writableLength = 0;
    this.emit('drain');
  }

  end(): void {
    this.ended = true;
  }

  destroy(): void {
    this.gone = true;
    this.writableLength = 0;
    this.emit('close');
  }
}

function setUp() {
  const clock = new VirtualClock();
  const told: string[] = [];
  const backlogs = new Backlogs(clock, (message) => void told.push(message));
  const open = () => {
    const connection = new Connection();
    return { connection, outlet: new Outlet(connection, backlogs) };
  };
  const many = (count: number) => Array.from({ length: count }, open);
  return { clock, backlogs, open, many, told };
}

const goneOf = (watches: readonly { connection: Connection }[]) =>
  watches.filter(({ connection }) => connection.gone).length;

test('who reads nothing for half a minute is cut off, also when nothing more comes', async () => {
  const { clock, backlogs, open, told } = setUp();
  const [asleep, slow, quick] = [open(), open(), open()];
  for (const { outlet } of [asleep, slow, quick]) outlet.write(Buffer.alloc(megabyte));
  while (quick.connection.writableLength > 0) quick.connection.take();
  for (let seconds = 0; seconds < 100; seconds += 20) {
    slow.connection.take();
    await clock.advance(20_000);
  }
  expect(goneOf([asleep])).toBe(1);
  expect(goneOf([slow, quick])).toBe(0);
  expect(told).toEqual(['closed a watch whose client did not read, or too slowly']);
  await clock.advance(30_000);
  expect(goneOf([slow])).toBe(1);
  expect(backlogs.total).toBe(0);
});

test('a thousand that do not read hold bytes that are for all of them once', () => {
  const { backlogs, many } = setUp();
  const watches = many(1000);
  for (let group = 0; group < 40; group++) {
    const bytes = Buffer.alloc(megabyte);
    for (const { outlet } of watches) outlet.write(bytes);
  }
  expect(goneOf(watches)).toBe(0);
  // On its way, twice, and what nobody has begun to send.
  expect(backlogs.total).toBeLessThanOrEqual((1000 * 2 * 64 * 1024 + 40 * megabyte) * 1.01);
  expect(backlogs.total).toBeGreaterThan(40 * megabyte);
});

test('where all together have too much in line, those go that have most, and nobody in a burst', async () => {
  const { clock, backlogs, many, told } = setUp();
  const few = many(20);
  const much = many(12);
  for (const { outlet } of few) outlet.write(Buffer.alloc(megabyte));
  for (const { outlet } of much) outlet.write(Buffer.alloc(8 * megabyte));
  await clock.advance(3000);
  const burst = many(20);
  for (const { outlet } of burst) outlet.write(Buffer.alloc(megabyte));
  expect(goneOf(much)).toBe(3);
  expect(goneOf([...few, ...burst])).toBe(0);
  expect(backlogs.total).toBeLessThan(128 * megabyte);
  await clock.advance(10_000);
  expect(told).toEqual(['closed 3 watches whose clients did not read, or too slowly']);
});

test('twice the budget is never passed, however short the time', () => {
  const { backlogs, many } = setUp();
  for (const { outlet } of many(400)) {
    outlet.write(Buffer.alloc(megabyte));
    expect(backlogs.total).toBeLessThan(258 * megabyte);
  }
});

test('who is too far behind ever to catch up is cut off at once', () => {
  const { open } = setUp();
  const { connection, outlet } = open();
  const bytes = Buffer.alloc(megabyte);
  for (let count = 0; count < 64; count++) outlet.write(bytes);
  expect(connection.gone).toBe(false);
  outlet.write(bytes);
  expect(connection.gone).toBe(true);
});

test('everything arrives whole and in order, little of it at a time, and the end comes last', async () => {
  const { clock, backlogs, open } = setUp();
  const { connection, outlet } = open();
  let sent = '';
  let most = 0;
  const texts = ['a', 'b'.repeat(70_000), 'c', 'd'.repeat(300_000), 'e'.repeat(65_536), 'f'];
  for (let round = 0; round < 3; round++) {
    for (const text of texts) {
      outlet.write(Buffer.from(text));
      sent += text;
      most = Math.max(most, connection.writableLength);
    }
    let isReady = outlet.ready() === undefined;
    void outlet.ready()?.then(() => {
      isReady = true;
    });
    expect(isReady).toBe(false);
    if (round === 2) outlet.finish();
    outlet.write(Buffer.from(round === 2 ? 'too late' : ''));
    while (connection.writableLength > 0) {
      expect(connection.ended && connection.received.length < sent.length).toBe(false);
      connection.take();
      most = Math.max(most, connection.writableLength);
    }
    await clock.advance(0);
    expect(isReady).toBe(true);
  }
  expect(connection.received).toBe(sent);
  expect(connection.ended).toBe(true);
  expect(most).toBeLessThan(2 * 64 * 1024 + 1);
  expect(backlogs.total).toBe(0);
  await clock.advance(100_000);
  expect(connection.gone).toBe(false);
});

test('a connection that ends takes all that it held along', () => {
  const { backlogs, open } = setUp();
  const [one, other] = [open(), open()];
  const bytes = Buffer.alloc(megabyte);
  for (const { outlet } of [one, other]) outlet.write(bytes);
  one.connection.destroy();
  expect(backlogs.total).toBe(megabyte + 2 * 64 * 1024);
  other.connection.destroy();
  expect(backlogs.total).toBe(0);
});
