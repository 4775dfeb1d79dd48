import { describe, expect, it } from 'vitest';
import { service, slice } from '../testing/objects.ts';
import { servicePorts } from './backends.ts';

const web = service('web', {
  type: 'ClusterIP',
  clusterIP: '10.96.0.7',
  clusterIPs: ['10.96.0.7', 'fd00::7'],
  ports: [
    { name: 'http', port: 80, protocol: 'TCP' },
    { name: 'dns', port: 53, protocol: 'UDP' },
  ],
});
const ports = [
  { name: 'http', port: 8080, protocol: 'TCP' },
  { name: 'dns', port: 5353, protocol: 'UDP' },
];

describe('service ports', () => {
  it('match endpoints by port name and protocol over several slices', () => {
    const found = servicePorts(
      [web],
      [
        slice('web', ports, ['10.244.0.9', '10.244.0.5']),
        slice('web', ports, ['10.244.0.5', '10.244.0.6'], { suffix: 'y' }),
        slice('web', ports, ['10.244.9.9'], { namespace: 'other' }),
      ],
    );
    expect(found.map((port) => [port.protocol, port.port, port.addresses])).toEqual([
      ['tcp', 80, ['10.96.0.7']],
      ['udp', 53, ['10.96.0.7']],
    ]);
    expect(found[0]?.backends.map((backend) => `${backend.address}:${backend.port}`)).toEqual([
      '10.244.0.5:8080',
      '10.244.0.6:8080',
      '10.244.0.9:8080',
    ]);
    expect(found[1]?.backends[0]?.port).toBe(5353);
  });

  it('leave out what is not ready, and fall back to what serves while it terminates', () => {
    const leaving = {
      addresses: ['10.244.0.6'],
      conditions: { ready: false, serving: true, terminating: true },
    };
    const starting = { addresses: ['10.244.0.7'], conditions: { ready: false } };
    const addresses = (slices: Parameters<typeof servicePorts>[1]) =>
      servicePorts([web], slices)[0]?.backends.map((backend) => backend.address);
    expect(addresses([slice('web', ports, ['10.244.0.5', leaving, starting])])).toEqual([
      '10.244.0.5',
    ]);
    expect(addresses([slice('web', ports, [leaving, starting])])).toEqual(['10.244.0.6']);
    expect(addresses([slice('web', ports, [starting])])).toEqual([]);
  });

  it('are none for headless and ExternalName services', () => {
    const headless = service('db', { clusterIP: 'None', ports: [{ port: 5432 }] });
    const external = service('mail', { type: 'ExternalName', externalName: 'mail.example.com' });
    expect(servicePorts([headless, external], [])).toEqual([]);
  });

  it('take affinity, external addresses and node ports over', () => {
    const [found] = servicePorts(
      [
        service('lb', {
          type: 'LoadBalancer',
          clusterIP: '10.96.0.8',
          externalIPs: ['192.0.2.9'],
          sessionAffinity: 'ClientIP',
          externalTrafficPolicy: 'Local',
          ports: [{ port: 80, nodePort: 30080 }],
        }),
      ],
      [],
    );
    expect(found).toMatchObject({
      addresses: ['10.96.0.8', '192.0.2.9'],
      nodePort: 30080,
      loadBalancer: true,
      localOnly: true,
      affinitySeconds: 10_800,
    });
  });
});
