import type { Duplex } from 'node:stream';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../api/clock.ts';
import { commandOverSpdy } from './remote-command.ts';
import { controlFrame, dataFrame, frameType, numbers } from './spdy-frames.ts';
import { headerDictionary } from './spdy-headers.ts';
import { SpdySession, type SpdyStream } from './spdy-session.ts';
import { duplexPair } from './testing/duplex-pair.ts';

function connect(onStream: (stream: SpdyStream) => void) {
  const [here, there] = duplexPair();
  const client = new SpdySession(here, { role: 'client' });
  const server = new SpdySession(there, { role: 'server', onStream });
  return { client, server, here };
}

async function text(stream: Duplex): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream.iterator({ destroyOnReturn: false }))
    chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

describe('SPDY session', () => {
  it('has the dictionary of the protocol', () => {
    let [a, b] = [1, 0];
    for (const byte of headerDictionary) {
      a = (a + byte) % 65_521;
      b = (b + a) % 65_521;
    }
    expect(((b << 16) | a) >>> 0).toBe(0xe3c6a7c2);
  });

  it('opens streams with headers, carries both directions and half-closes', async () => {
    const { client } = connect(async (stream) => {
      const name = stream.headers.get('name');
      stream.end(`${name} heard ${await text(stream)}`);
    });
    const streams = await Promise.all(
      ['a', 'b', 'c'].map((name) => client.open(new Map([['Name', name]]))),
    );
    for (const stream of streams) stream.end(`stream ${stream.id}`);
    expect(await Promise.all(streams.map(text))).toEqual([
      'a heard stream 1',
      'b heard stream 3',
      'c heard stream 5',
    ]);
    client.close();
    await client.closed;
  });

  it('carries much more than a window in both directions', async () => {
    const { client } = connect((stream) => void stream.pipe(stream));
    const stream = await client.open(new Map());
    const sent = 'abcdefgh'.repeat(1 << 17);
    stream.end(sent);
    expect(await text(stream)).toBe(sent);
  });

  it('holds back a peer that sends faster than anybody reads', async () => {
    let arrived: SpdyStream | undefined;
    const { client } = connect((stream) => {
      arrived = stream;
    });
    const stream = await client.open(new Map());
    let sent = 0;
    const write = () =>
      stream.write(Buffer.alloc(32_768), (error) => {
        if (!error) {
          sent += 32_768;
          write();
        }
      });
    write();
    let stuckAt = -1;
    // Until twenty turns of the event loop have brought nothing more.
    while (stuckAt !== sent) {
      stuckAt = sent;
      for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(stuckAt).toBeGreaterThan(0);
    expect(arrived?.readableLength).toBeLessThan(3 << 20);
    arrived?.resume();
    while (sent < stuckAt * 3) await new Promise((resolve) => setImmediate(resolve));
    stream.destroy();
  });

  it('resets: the other side sees the stream close', async () => {
    const closed: Promise<void>[] = [];
    const { client } = connect((stream) => {
      closed.push(new Promise((resolve) => stream.once('close', () => resolve())));
      stream.resume();
    });
    (await client.open(new Map())).reset();
    await expect.poll(() => closed.length).toBe(1);
    await closed[0];
  });

  it('ends every stream when the connection breaks', async () => {
    const { client, here } = connect((stream) => void stream.resume());
    const stream = await client.open(new Map());
    const gone = new Promise<void>((resolve) => stream.once('close', () => resolve()));
    here.destroy();
    await gone;
    await expect(client.open(new Map())).rejects.toThrow();
  });

  it('answers pings and survives frames it does not know or expect', async () => {
    const [here, there] = duplexPair();
    new SpdySession(there, { role: 'server' });
    here.write(controlFrame(99, Buffer.from('what')));
    here.write(dataFrame(41, Buffer.from('nobody')));
    here.write(controlFrame(frameType.windowUpdate, numbers(41, 5)));
    const ping = controlFrame(frameType.ping, numbers(7));
    here.write(ping);
    expect(await new Promise((resolve) => here.once('data', resolve))).toEqual(ping);
  });

  it('hangs up on what is not SPDY', async () => {
    const [here, there] = duplexPair();
    const session = new SpdySession(there, { role: 'server' });
    here.write('\x80\x02GET / HTTP/1.1\r\n\r\n');
    await session.closed;
    expect(there.destroyed).toBe(true);
  });
});

describe('a peer that does not hang up', () => {
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

  it('is left after half a minute, and not before', async () => {
    const clock = new VirtualClock();
    const [here, there] = duplexPair();
    here.resume();
    const session = new SpdySession(there, { role: 'server', clock });
    session.close();
    await settled();
    await clock.advance(29_000);
    expect(there.destroyed).toBe(false);
    await clock.advance(1_000);
    expect(there.destroyed).toBe(true);
    await session.closed;
  });

  it('and opens no streams for its command keeps the process for a minute at most', async () => {
    const clock = new VirtualClock();
    const [here, there] = duplexPair();
    here.resume();
    let ended = false;
    const session = {
      ...{ stdin: undefined, stdout: new PassThrough(), stderr: undefined },
      exit: new Promise<never>(() => {}),
      resize() {},
      close: () => {
        ended = true;
      },
    };
    const options = { stdin: false, stdout: true, stderr: false, tty: false };
    const serving = commandOverSpdy(there, 'v4.channel.k8s.io', session, options, clock);
    await clock.advance(30_000);
    await settled();
    expect(ended).toBe(false);
    await clock.advance(30_000);
    await serving;
    expect(ended).toBe(true);
  });
});
