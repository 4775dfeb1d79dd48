/** What services take for themselves: chosen before a service is judged, given back if it is refused. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { UnknownObject } from '../../api/object.ts';
import type { Client } from '../../client/client.ts';
import { refused } from '../testing/calls.ts';
import { startWebhookServer, type WebhookServer } from '../testing/webhook-server.ts';

const services = { group: '', version: 'v1', resource: 'services', namespace: 'default' };
const addresses = { group: 'networking.k8s.io', version: 'v1', resource: 'ipaddresses' };

let hook: WebhookServer;
let client: Client;
/** What the webhook has been shown. */
let shown: { clusterIP: string }[];
/** The webhook waits for this before it answers. */
let answer: () => object;

beforeEach(async () => {
  shown = [];
  answer = () => ({ allowed: true });
  hook = await startWebhookServer<{ uid: string; object: { spec: { clusterIP: string } } }>(
    ({ uid, object }) => {
      shown.push(object.spec);
      return { uid, ...answer() };
    },
  );
  client = hook.server.client;
});
afterEach(() => hook.close());

function make(name: string, spec: object, options = {}): Promise<UnknownObject> {
  const ports = [{ port: 80 }];
  const made = { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { ports, ...spec } };
  return client.create(services, made as UnknownObject, options);
}

const refusal = async (made: Promise<unknown>) => (await refused(made)).message;

const portsOf = ({ spec }: UnknownObject) =>
  (spec as { ports: { nodePort?: number }[] }).ports.map(({ nodePort }) => nodePort);
const held = async () => (await client.list(addresses)).items.length;

const nodePort = (number: number, more = {}) => ({
  type: 'NodePort',
  ports: [{ port: 80, nodePort: number, ...more }],
});
const taken = (name: string, number: number) =>
  `Service "${name}" is invalid: spec.ports[0].nodePort: Invalid value: ${number}: provided port is already allocated`;

describe('what a service takes for itself', () => {
  it('is told to be taken before anything else that is wrong, even of a name that is taken, too', async () => {
    await make('a', { ...nodePort(30080), clusterIP: '10.96.0.50' });
    expect(await refusal(make('b', nodePort(30080, { name: 'Bad_' })))).toBe(taken('b', 30080));
    expect(await refusal(make('a', nodePort(30080)))).toBe(taken('a', 30080));
    expect(await refusal(make('b', nodePort(29, { name: 'Bad_' })))).toContain('valid range');
    expect(await refusal(make('b', { clusterIP: '10.96.0.50', sessionAffinity: 'x' }))).toContain(
      'failed to allocate IP 10.96.0.50: provided IP is already allocated',
    );
    expect(await refusal(make('a', {}))).toBe('services "a" already exists');
  });

  it('is free again if the service is refused, or was only tried', async () => {
    const before = await held();
    const bad = { ...nodePort(30090, { name: 'Bad_' }), clusterIP: '10.96.0.60' };
    expect(await refusal(make('a', bad))).toContain('spec.ports[0].name');
    await make('a', { ...nodePort(30090), clusterIP: '10.96.0.60' }, { dryRun: true });
    expect(await held()).toBe(before);
    await make('a', { ...nodePort(30090), clusterIP: '10.96.0.60' });
    expect(await held()).toBe(before + 1);
  });

  it('is shown to those who judge it, and kept from others meanwhile', async () => {
    await client.create(
      {
        ...{ group: 'admissionregistration.k8s.io', version: 'v1' },
        resource: 'validatingwebhookconfigurations',
      },
      {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingWebhookConfiguration',
        metadata: { name: 'hook' },
        webhooks: [
          {
            name: 'hook.example.com',
            clientConfig: {
              service: { namespace: 'default', name: 'hook', path: '/' },
              caBundle: hook.caBundle,
            },
            rules: [
              { operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['services'] },
            ],
            ...{ sideEffects: 'None', admissionReviewVersions: ['v1'] },
          },
        ],
      } as UnknownObject,
    );
    const same = { ...nodePort(30100), clusterIP: '10.96.0.70' };
    const results = await Promise.allSettled([make('a', same), make('b', same)]);
    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(shown).toEqual([expect.objectContaining({ clusterIP: '10.96.0.70' })]);
    answer = () => ({ allowed: false });
    expect(await refusal(make('c', { clusterIP: '10.96.0.71' }))).toContain('denied the request');
    answer = () => ({ allowed: true });
    await make('d', { clusterIP: '10.96.0.71' });
  });

  it('is a number for all protocols, shared by ports of its own that stand for the same port', async () => {
    await make('a', nodePort(30200));
    expect(await refusal(make('b', nodePort(30200, { protocol: 'UDP' })))).toBe(taken('b', 30200));
    const both = [
      { name: 'a', port: 80, protocol: 'TCP' },
      { name: 'b', port: 80, protocol: 'UDP', nodePort: 30201 },
    ];
    expect(portsOf(await make('b', { type: 'NodePort', ports: both }))).toEqual([30201, 30201]);
    const apart = [
      { name: 'a', port: 80, protocol: 'TCP', nodePort: 30202 },
      { name: 'b', port: 81, protocol: 'UDP', nodePort: 30202 },
    ];
    expect(await refusal(make('c', { type: 'NodePort', ports: apart }))).toContain(
      'spec.ports[1].nodePort: Invalid value: 30202: provided port is already allocated',
    );
    // Of a service that is there already numbers are only compared with those of others.
    const patched = await client.patch({ ...services, name: 'b' }, 'merge', {
      spec: { ports: apart },
    });
    expect(portsOf(patched)).toEqual([30202, 30202]);
  });

  it('is none of the node ports that a name elsewhere comes with', async () => {
    await make('a', nodePort(30300));
    const elsewhere = { ...nodePort(30300), type: 'ExternalName', externalName: 'a.example.com' };
    expect(portsOf(await make('b', elsewhere))).toEqual([30300]);
    await client.delete({ ...services, name: 'b' });
    expect(await refusal(make('c', nodePort(30300)))).toBe(taken('c', 30300));
  });

  it('leaves it to the checks that an address cannot be changed', async () => {
    await make('a', { clusterIP: '10.96.0.80' });
    await make('b', { clusterIP: '10.96.0.81' });
    for (const clusterIP of ['10.96.0.80', '10.9.9.9']) {
      const change = client.patch({ ...services, name: 'b' }, 'merge', { spec: { clusterIP } });
      expect(await refusal(change)).toBe(
        `Service "b" is invalid: spec.clusterIPs[0]: Invalid value: ["${clusterIP}"]: may not change once set`,
      );
    }
  });
});

describe('a resourceVersion', () => {
  it('that is no number is a fault, and counts for nothing in what is new', async () => {
    await make('a', {});
    const target = { ...services, name: 'a' };
    const change = (resourceVersion: string) =>
      client.patch(target, 'merge', { metadata: { resourceVersion } });
    await expect(change('abc')).rejects.toMatchObject({
      status: { code: 500, message: 'strconv.ParseUint: parsing "abc": invalid syntax' },
      reason: undefined,
    });
    expect(await refusal(change(`${2n ** 64n}`))).toContain('value out of range');
    expect(await refusal(change('1'))).toContain('the object has been modified');
    await change('00');
    const named = (name: string, resourceVersion: string) =>
      client.create(services, {
        ...{ apiVersion: 'v1', kind: 'Service', metadata: { name, resourceVersion } },
        spec: { ports: [{ port: 80 }] },
      } as UnknownObject);
    await named('b', 'abc');
    expect(await refusal(named('c', '5'))).toContain('resourceVersion should not be set');
  });
});
