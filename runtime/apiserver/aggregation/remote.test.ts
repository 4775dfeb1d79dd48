import { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../api/clock.ts';
import type { RemoteApiService } from './api-service.ts';
import { resourcesIn } from './availability.ts';
import { handshake, type Reach } from './remote.ts';

describe('a document of discovery', () => {
  it('lists resources', () => {
    const flunders = { name: 'flunders', kind: 'Flunder', namespaced: true, verbs: ['get'] };
    expect(resourcesIn({ resources: [flunders] })).toEqual([flunders]);
    expect(resourcesIn({})).toEqual([]);
  });

  it.each([
    ...[null, [], 'x', { resources: {} }, { resources: [null] }, { resources: [{}] }],
    ...[
      { resources: [{ name: 1, kind: 'A' }] },
      { resources: [{ name: 'a', kind: 'A', verbs: 1 }] },
    ],
    { resources: Array.from({ length: 1_001 }, () => ({ name: 'a', kind: 'A' })) },
  ])('that is none is told from one: %#', (document) => {
    expect(() => resourcesIn(document)).toThrow(/discovery|resource/);
  });
});

it('a server that accepts a connection and says nothing is given up, and the connection with it', async () => {
  const clock = new VirtualClock();
  const silent = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  const reach = { registry: { clock }, certificate: {} } as unknown as Reach;
  const spec = { service: { name: 'a', namespace: 'b' } };
  const opened = handshake(reach, { spec } as RemoteApiService, Promise.resolve(silent));
  const refused = expect(opened).rejects.toThrow('TLS handshake timeout');
  await clock.advance(10_000);
  await refused;
  expect(silent.destroyed).toBe(true);
});
