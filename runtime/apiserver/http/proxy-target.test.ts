import { beforeAll, describe, expect, it } from 'vitest';
import type { UnknownObject } from '../../api/object.ts';
import { endpointSlices, nodes, pods, services } from '../../client/resources.ts';
import { makeDefaultAccount } from '../testing/calls.ts';
import { useRest } from '../testing/use-server.ts';

const at = { namespace: 'default' };
const dialled: string[] = [];
const { server, rest } = useRest({
  dial: (address, port) => {
    dialled.push(`${address}:${port}`);
    return Promise.reject(new Error('nobody listens'));
  },
});

beforeAll(async () => {
  await makeDefaultAccount(server.client);
});

const root = '/api/v1/namespaces/default';
const ask = async (path: string) => {
  dialled.length = 0;
  const answer = await rest.send(path);
  return [answer.code, (answer.json() as { message: string }).message] as const;
};

async function createPod(name: string, podIP: string): Promise<void> {
  const metadata = { name };
  const spec = { containers: [{ name: 'a', image: 'a' }] };
  await server.client.create({ ...pods, ...at }, {
    ...{ apiVersion: 'v1', kind: 'Pod', metadata, spec },
  } as UnknownObject);
  const status = { podIP, podIPs: [{ ip: podIP }] };
  await server.client.patch({ ...pods, ...at, name, subresource: 'status' }, 'merge', { status });
}

describe('what the server hands requests on to', () => {
  it('is never this machine, nor its own link', async () => {
    const refused = ['127.0.0.1', '::1', '::ffff:127.0.0.1', '169.254.169.254', '0.0.0.0'];
    for (const [i, address] of [...refused, 'localhost', '127.1', '224.0.0.1'].entries()) {
      await createPod(`pod-${i}`, address);
      expect(await ask(`${root}/pods/pod-${i}/proxy/`)).toEqual([400, 'address not allowed']);
    }
    await server.client.create(nodes, {
      ...{ apiVersion: 'v1', kind: 'Node', metadata: { name: 'odd' } },
      status: { addresses: [{ type: 'InternalIP', address: '127.0.0.1' }] },
    } as UnknownObject);
    expect(await ask('/api/v1/nodes/odd:22/proxy/')).toEqual([400, 'address not allowed']);
    expect(dialled).toEqual([]);
  });

  it('is behind a service only what belongs to its pods', async () => {
    await createPod('web', '10.0.0.7');
    await server.client.create({ ...services, ...at }, {
      ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' } },
      spec: { ports: [{ port: 80 }] },
    } as UnknownObject);
    const slice = (address: string, targetRef?: object) => ({
      ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', addressType: 'IPv4' },
      metadata: { name: 'web', labels: { 'kubernetes.io/service-name': 'web' } },
      endpoints: [{ addresses: [address], ...(targetRef && { targetRef }) }],
      ports: [{ name: '', port: 8080 }],
    });
    const put = async (body: object) => {
      await server.client.delete({ ...endpointSlices, ...at, name: 'web' }).catch(() => {});
      await server.client.create({ ...endpointSlices, ...at }, body as UnknownObject);
    };
    const none = [503, 'no endpoints available for service "web"'];
    for (const body of [
      slice('10.0.0.7'),
      slice('10.0.0.8', { kind: 'Pod', name: 'web', namespace: 'default' }),
      slice('10.0.0.7', { kind: 'Pod', name: 'web', namespace: 'kube-system' }),
    ]) {
      await put(body);
      expect(await ask(`${root}/services/web/proxy/`)).toEqual(none);
      expect(dialled).toEqual([]);
    }
    await put(slice('10.0.0.7', { kind: 'Pod', name: 'web', namespace: 'default' }));
    expect((await ask(`${root}/services/web/proxy/`))[0]).toBe(503);
    expect(dialled).toEqual(['10.0.0.7:8080']);
    await expect(put(slice('127.0.0.1'))).rejects.toThrow('may not be in the loopback range');
    await expect(put(slice('169.254.169.254'))).rejects.toThrow('in the link-local range');
  });
});
