import { expect, it } from 'vitest';
import { fillPodCidrs, fillPodIps } from './addresses.ts';

it.each([
  [{ podCIDR: '10.1.0.0/24' }, { podCIDR: '10.1.0.0/24', podCIDRs: ['10.1.0.0/24'] }],
  [{ podCIDRs: ['10.1.0.0/24'] }, { podCIDR: '10.1.0.0/24', podCIDRs: ['10.1.0.0/24'] }],
  [{}, {}],
])('of a node %j becomes %j', (spec, filled) => {
  const node = { spec: { ...spec } } as never as Parameters<typeof fillPodCidrs>[0];
  fillPodCidrs(node);
  expect(node.spec).toEqual(filled);
});

it.each([
  [{ podIP: '10.1.0.2' }, ['10.1.0.2']],
  [{ podIPs: [{ ip: '10.1.0.3' }, { ip: 'fd00::3' }] }, ['10.1.0.3', 'fd00::3']],
  // An older kubelet has changed what it knows of.
  [{ podIP: '10.1.0.4', podIPs: [{ ip: '10.1.0.3' }, { ip: 'fd00::3' }] }, ['10.1.0.4']],
])('of a pod %j becomes %j', (status, ips) => {
  const pod = { status: { ...status } } as never as Parameters<typeof fillPodIps>[0];
  fillPodIps(pod);
  expect(pod.status).toEqual({ podIP: ips[0], podIPs: ips.map((ip) => ({ ip })) });
});
