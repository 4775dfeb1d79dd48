import { createSocket, type Socket } from 'node:dgram';
import { connect } from 'node:net';
import { type Answer, type DecodedPacket, decode, encode, type RecordType } from 'dns-packet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../api/clock.ts';
import { createInformers } from '../../client/informer.ts';
import { FakeClient } from '../../client/testing/fake-client.ts';
import { service, slice } from '../testing/objects.ts';
import { runDns } from './dns.ts';
import { framed, readFrames } from './upstream.ts';

const http = [{ name: 'http', port: 8080, protocol: 'TCP' }];
const ready = { ready: true };

const objects = [
  ...['default', 'shop', 'empty'].map((name) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
  })),
  service('web', {
    clusterIP: '10.96.0.7',
    clusterIPs: ['10.96.0.7'],
    ports: [
      { name: 'http', port: 80, protocol: 'TCP' },
      { name: 'dns', port: 53, protocol: 'UDP' },
    ],
  }),
  service('db', { clusterIP: 'None', ports: [{ name: 'http', port: 80 }] }, { namespace: 'shop' }),
  slice(
    'db',
    http,
    [
      { addresses: ['10.244.0.5'], hostname: 'db-0', conditions: ready },
      { addresses: ['10.244.0.6'], hostname: 'db-1', conditions: ready },
      { addresses: ['10.244.0.7'], conditions: ready },
      { addresses: ['10.244.0.8'], hostname: 'db-3', conditions: { ready: false } },
    ],
    { namespace: 'shop' },
  ),
  service('lonely', { clusterIP: 'None', ports: [{ port: 80 }] }),
  service('away', { type: 'ExternalName', externalName: 'far.example.com' }),
  service('near', { type: 'ExternalName', externalName: 'web.default.svc.cluster.local' }),
  service('loop', { type: 'ExternalName', externalName: 'loop.default.svc.cluster.local' }),
  service('wide', { clusterIP: 'None', ports: [{ port: 80 }] }),
  slice(
    'wide',
    [{ name: '', port: 80, protocol: 'TCP' }],
    Array.from({ length: 60 }, (_, index) => `10.244.1.${index + 1}`),
  ),
];

describe('the DNS server', () => {
  const stop = new AbortController();
  const asked: string[] = [];
  let upstream: Socket;
  let port: number;

  beforeAll(async () => {
    upstream = createSocket('udp4');
    upstream.on('message', (query, from) => {
      const { id, questions = [] } = decode(query);
      const name = questions[0]?.name ?? '';
      asked.push(name);
      const answers: Answer[] = [{ type: 'A', name, ttl: 60, data: '192.0.2.80' }];
      const response = encode({ type: 'response', id, questions, answers });
      upstream.send(response, from.port, from.address);
    });
    await new Promise<void>((resolve) => upstream.bind(0, '127.0.0.1', resolve));
    const informers = createInformers(new FakeClient({ objects }), systemClock, stop.signal);
    ({ port } = await runDns({
      address: '127.0.0.1',
      port: 0,
      informers,
      clusterDomain: 'cluster.local',
      upstream: [`127.0.0.1:${upstream.address().port}`],
      ownRanges: ['10.244.0.0/16', '10.96.0.0/16'],
      hostAddress: '10.244.0.1',
      log: () => {},
      signal: stop.signal,
    }));
    for (;;) {
      const { answers } = await ask('wide.default.svc.cluster.local', 'A');
      if ((answers ?? []).length > 0) break;
    }
  });

  afterAll(() => {
    stop.abort();
    upstream.close();
  });

  function exchange(query: Buffer, over: 'udp' | 'tcp' = 'udp'): Promise<Buffer> {
    return new Promise((resolve) => {
      if (over === 'tcp') {
        const socket = connect(port, '127.0.0.1', () => socket.write(framed(query)));
        readFrames(socket, (response) => {
          resolve(response);
          socket.destroy();
        });
      } else {
        const socket = createSocket('udp4');
        socket.on('message', (response) => {
          resolve(response);
          socket.close();
        });
        socket.send(query, port, '127.0.0.1');
      }
    });
  }

  async function ask(name: string, type: RecordType, over: 'udp' | 'tcp' = 'udp') {
    const query = encode({ type: 'query', id: 4711, flags: 0x100, questions: [{ name, type }] });
    const packet = decode(await exchange(query, over));
    expect(packet.id).toBe(4711);
    return packet;
  }

  const code = (packet: DecodedPacket) => (packet.flags ?? 0) & 15;
  const data = (packet: DecodedPacket) =>
    (packet.answers ?? []).map((answer) => ('data' in answer ? answer.data : undefined));

  it.each(['udp', 'tcp'] as const)('gives a service its address over %s', async (over) => {
    const packet = await ask('Web.default.svc.cluster.local', 'A', over);
    expect(packet.answers).toMatchObject([
      { type: 'A', name: 'Web.default.svc.cluster.local', ttl: 5, data: '10.96.0.7' },
    ]);
    expect(packet.flag_aa).toBe(true);
    expect(packet.flag_ra).toBe(true);
  });

  it('tells "no such name" from "no such record"', async () => {
    const missing = await ask('nobody.default.svc.cluster.local', 'A');
    expect([code(missing), missing.authorities?.[0]?.type]).toEqual([3, 'SOA']);
    const noAddress = await ask('web.default.svc.cluster.local', 'AAAA');
    expect([code(noAddress), data(noAddress), noAddress.authorities?.[0]?.type]).toEqual([
      0,
      [],
      'SOA',
    ]);
    for (const name of ['cluster.local', 'svc.cluster.local', 'empty.svc.cluster.local']) {
      expect(code(await ask(name, 'A'))).toBe(0);
    }
    for (const name of [
      'x.web.default.svc.cluster.local',
      'web.nowhere.svc.cluster.local',
      'web.default.cluster.local',
      'example.com.default.svc.cluster.local',
    ]) {
      expect(code(await ask(name, 'A'))).toBe(3);
    }
    expect(asked).toEqual([]);
  });

  it('gives a headless service the addresses of its ready pods, another first each time', async () => {
    const first = data(await ask('db.shop.svc.cluster.local', 'A'));
    expect([...first].sort()).toEqual(['10.244.0.5', '10.244.0.6', '10.244.0.7']);
    const starts = new Set([first[0]]);
    for (let round = 0; round < 2; round++) {
      starts.add(data(await ask('db.shop.svc.cluster.local', 'A'))[0]);
    }
    expect(starts.size).toBe(3);
    expect(code(await ask('lonely.default.svc.cluster.local', 'A'))).toBe(3);
  });

  it('gives pods of a headless service names of their own', async () => {
    expect(data(await ask('db-1.db.shop.svc.cluster.local', 'A'))).toEqual(['10.244.0.6']);
    expect(data(await ask('10-244-0-7.db.shop.svc.cluster.local', 'A'))).toEqual(['10.244.0.7']);
    expect(code(await ask('db-3.db.shop.svc.cluster.local', 'A'))).toBe(3);
  });

  it('finds ports', async () => {
    const web = await ask('_http._tcp.web.default.svc.cluster.local', 'SRV');
    expect(data(web)).toEqual([
      { priority: 0, weight: 100, port: 80, target: 'web.default.svc.cluster.local' },
    ]);
    expect(web.additionals).toMatchObject([{ type: 'A', data: '10.96.0.7' }]);
    expect(data(await ask('_dns._udp.web.default.svc.cluster.local', 'SRV'))).toMatchObject([
      { port: 53 },
    ]);
    const db = await ask('_http._tcp.db.shop.svc.cluster.local', 'SRV');
    expect(data(db)).toHaveLength(3);
    expect(data(db)).toContainEqual({
      priority: 0,
      weight: 33,
      port: 8080,
      target: 'db-0.db.shop.svc.cluster.local',
    });
    expect(code(await ask('_http._udp.web.default.svc.cluster.local', 'SRV'))).toBe(3);
  });

  it('finds names of addresses, and asks nobody else about its own ranges', async () => {
    expect(data(await ask('7.0.96.10.in-addr.arpa', 'PTR'))).toEqual([
      'web.default.svc.cluster.local',
    ]);
    expect(data(await ask('5.0.244.10.in-addr.arpa', 'PTR'))).toEqual([
      'db-0.db.shop.svc.cluster.local',
    ]);
    expect(code(await ask('9.9.244.10.in-addr.arpa', 'PTR'))).toBe(3);
    expect(asked).toEqual([]);
  });

  it('follows external names inside and outside', async () => {
    const away = await ask('away.default.svc.cluster.local', 'A');
    expect(data(away)).toEqual(['far.example.com', '192.0.2.80']);
    expect(data(await ask('away.default.svc.cluster.local', 'CNAME'))).toEqual(['far.example.com']);
    const near = await ask('near.default.svc.cluster.local', 'A');
    expect(data(near)).toEqual(['web.default.svc.cluster.local', '10.96.0.7']);
    expect(code(await ask('loop.default.svc.cluster.local', 'A'))).toBe(0);
  });

  it('names pods by address, the machine, and the version of the schema', async () => {
    expect(data(await ask('10-244-0-5.shop.pod.cluster.local', 'A'))).toEqual(['10.244.0.5']);
    expect(code(await ask('10-244-0.shop.pod.cluster.local', 'A'))).toBe(3);
    expect(data(await ask('host.skiff.internal', 'A'))).toEqual(['10.244.0.1']);
    expect(data(await ask('host.skiff.internal', 'AAAA'))).toEqual([]);
    const version = await ask('dns-version.cluster.local', 'TXT');
    expect(String(data(version)[0])).toBe('1.1.0');
  });

  it('asks the upstream for the rest, and says so at once if nobody is there', async () => {
    expect(data(await ask('example.com', 'A'))).toEqual(['192.0.2.80']);
    // The best of three, so that a machine that is busy elsewhere is not taken for the patience with a silent server.
    const tries: number[] = [];
    while (tries.length < 3) {
      const started = performance.now();
      expect(code(await ask('example.com', 'A', 'tcp'))).toBe(2);
      tries.push(performance.now() - started);
    }
    expect(Math.min(...tries)).toBeLessThan(1000);
  });

  it('cuts long answers short over UDP unless the client takes more', async () => {
    const name = 'wide.default.svc.cluster.local';
    const short = await ask(name, 'A');
    expect(short.flag_tc).toBe(true);
    expect(data(short).length).toBeGreaterThan(25);
    const query = encode({
      type: 'query',
      id: 1,
      questions: [{ name, type: 'A' }],
      additionals: [
        {
          type: 'OPT',
          name: '.',
          udpPayloadSize: 4096,
          extendedRcode: 0,
          ednsVersion: 0,
          flags: 0,
          flag_do: false,
          options: [],
        },
      ],
    });
    const long = decode(await exchange(query));
    expect([long.flag_tc, data(long).length]).toEqual([false, 60]);
    expect(long.additionals?.[0]?.type).toBe('OPT');
    expect(data(await ask(name, 'A', 'tcp'))).toHaveLength(60);
  });

  it('refuses what it cannot read', async () => {
    const rubbish = Buffer.concat([
      Buffer.from('123401000001000000000000', 'hex'),
      Buffer.from([63]),
    ]);
    const packet = decode(await exchange(rubbish));
    expect([packet.id, code(packet)]).toEqual([0x1234, 1]);
  });
});
