import { describe, expect, it } from 'vitest';
import type { core, Pod } from '../../api/types.ts';
import { hasHostPorts, hostPorts } from './host-ports.ts';
import { nodeRules } from './rules.ts';

const pod = (
  ports: core.ContainerPort[],
  { spec = {}, status = {} }: { spec?: object; status?: object } = {},
) =>
  ({
    metadata: { namespace: 'default', name: 'web' },
    spec: { nodeName: 'node-1', containers: [{ name: 'a', image: 'a', ports }], ...spec },
    status: { phase: 'Running', podIP: '10.233.0.5', ...status },
  }) as unknown as Pod;
const http = { containerPort: 8080, hostPort: 80 };

describe('host ports', () => {
  it('are those of pods with an address that have not ended', () => {
    const found = {
      namespace: 'default',
      pod: 'web',
      protocol: 'tcp',
      port: 80,
      address: undefined,
      backend: { address: '10.233.0.5', port: 8080, node: 'node-1' },
    };
    expect(hostPorts([pod([http])])).toEqual([found]);
    expect(hostPorts([pod([{ ...http, hostIP: '0.0.0.0' }])])).toEqual([found]);
    expect(hostPorts([pod([http], { status: { podIP: '' } })])).toEqual([]);
    expect(hostPorts([pod([http], { status: { phase: 'Succeeded' } })])).toEqual([]);
    expect(hostPorts([pod([{ containerPort: 8080 }])])).toEqual([]);
  });

  it('are not wanted by pods on the network of their node, nor by init containers', () => {
    expect(hasHostPorts(pod([http], { spec: { hostNetwork: true } }))).toBe(false);
    const init = (more: object) => ({
      spec: { containers: [], initContainers: [{ name: 'i', ports: [http], ...more }] },
    });
    expect(hasHostPorts(pod([], init({})))).toBe(false);
    expect(hasHostPorts(pod([], init({ restartPolicy: 'Always' })))).toBe(true);
  });
});

describe('the rules of a node', () => {
  const node = { name: 'node-1', address: '10.233.255.254' };
  const opened = (...pods: Pod[]) => {
    const { elements, chains, flows } = nodeRules([], node, hostPorts(pods));
    const open = [...(elements.get('host_ports') ?? [])].map(([key, target]) => {
      const [rule] = chains.get(target.replace('goto ', '')) ?? [];
      return `${key} → ${rule?.replace(/.* to /, '')}`;
    });
    return { open: open.sort(), flows: [...flows] };
  };

  it('open a port on all its addresses, or on the one that is asked for', () => {
    expect(opened(pod([http])).open).toEqual([
      '10.233.255.254 . tcp . 80 → 10.233.0.5:8080',
      '127.0.0.1 . tcp . 80 → 10.233.0.5:8080',
    ]);
    const on = (hostIP: string) => opened(pod([{ ...http, hostIP }])).open;
    expect(on('127.0.0.1')).toEqual(['127.0.0.1 . tcp . 80 → 10.233.0.5:8080']);
    expect(on(node.address)).toEqual(['10.233.255.254 . tcp . 80 → 10.233.0.5:8080']);
    expect(on('192.0.2.7')).toEqual([]);
  });

  it('tell TCP from UDP, whose flows must be forgotten, and leave other nodes alone', () => {
    const udp = { containerPort: 53, hostPort: 80, hostIP: node.address, protocol: 'UDP' as const };
    const { open, flows } = opened(
      pod([{ ...http, hostIP: node.address }, udp]),
      pod([http], { spec: { nodeName: 'node-2' } }),
    );
    expect(open).toEqual([
      '10.233.255.254 . tcp . 80 → 10.233.0.5:8080',
      '10.233.255.254 . udp . 80 → 10.233.0.5:53',
    ]);
    expect(flows).toEqual(['10.233.255.254 80 10.233.0.5']);
  });
});
