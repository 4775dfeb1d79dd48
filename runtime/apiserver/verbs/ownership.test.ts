/** Who owns what after ordinary writes, and what a write to /status may change. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { UnknownObject } from '../../api/object.ts';
import type { Client } from '../../client/client.ts';
import { makeDefaultAccount } from '../testing/calls.ts';
import { useFreshServer } from '../testing/use-server.ts';

const namespace = 'default';
const namespaces = { group: '', version: 'v1', resource: 'namespaces' };
const pods = { group: '', version: 'v1', resource: 'pods', namespace };
const configMaps = { group: '', version: 'v1', resource: 'configmaps', namespace };
const deployments = { group: 'apps', version: 'v1', resource: 'deployments', namespace };

const server = useFreshServer();
let client: Client;

beforeEach(async () => {
  client = server.client;
  await makeDefaultAccount(client);
});

const containers = [{ name: 'c', image: 'x' }];

function deployment(): UnknownObject {
  const labels = { app: 'web' };
  const template = { metadata: { labels }, spec: { containers } };
  const spec = { selector: { matchLabels: labels }, template };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', labels }, spec };
}

function fieldsOf(object: UnknownObject, manager: string): string {
  const entry = object.metadata.managedFields?.find((other) => other.manager === manager);
  return JSON.stringify(entry?.fieldsV1 ?? {});
}

describe('managed fields', () => {
  it('give nobody what admission has filled in', async () => {
    const body = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec: { containers } };
    const made = await client.create(pods, body, { fieldManager: 'me' });
    expect(made.spec).toMatchObject({ serviceAccountName: 'default', priority: 0 });
    expect(made.spec).toHaveProperty('tolerations');
    const fields = fieldsOf(made, 'me');
    expect(fields).toContain('f:restartPolicy');
    for (const name of ['serviceAccount', 'tolerations', 'priority', 'volumes', 'volumeMounts']) {
      expect(fields).not.toContain(`f:${name}`);
    }
    const target = { ...pods, name: 'a' };
    const patch = { metadata: { labels: { a: 'b' } } };
    const patched = await client.patch(target, 'merge', patch, { fieldManager: 'you' });
    expect(fieldsOf(patched, 'you')).toBe('{"f:metadata":{"f:labels":{".":{},"f:a":{}}}}');
  });
});

describe('a write to the status', () => {
  it('may change the annotations of a deployment, but not its labels or its specification', async () => {
    const made = await client.create(deployments, deployment());
    const target = { ...deployments, name: 'web', subresource: 'status' };
    const { metadata } = made;
    const next = {
      ...made,
      metadata: { ...metadata, labels: { app: 'other' }, annotations: { revision: '1' } },
      spec: { ...(made.spec as object), replicas: 5 },
      status: { replicas: 1 },
    };
    const written = await client.update(target, next, { fieldManager: 'controller' });
    expect(written.metadata).toMatchObject({
      labels: { app: 'web' },
      annotations: { revision: '1' },
      generation: 1,
    });
    expect(written).toMatchObject({ spec: { replicas: 1 }, status: { replicas: 1 } });
    expect(fieldsOf(written, 'controller')).toBe(
      '{"f:metadata":{"f:annotations":{".":{},"f:revision":{}}},"f:status":{"f:replicas":{}}}',
    );
  });
});

describe('nulls', () => {
  it('are no values', async () => {
    await client.create(configMaps, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'a' },
    });
    const target = { ...configMaps, name: 'a' };
    const changed = await client.patch(target, 'json', [
      { op: 'add', path: '/immutable', value: null },
      { op: 'add', path: '/data', value: { empty: null } },
    ]);
    expect(changed).not.toHaveProperty('immutable');
    expect(changed.data).toEqual({ empty: '' });
  });
});

describe('a namespace', () => {
  it('has its name as a label, also a name that was made for it', async () => {
    const made = await client.create(namespaces, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { generateName: 'x-' },
    });
    expect(made.metadata.labels).toEqual({ 'kubernetes.io/metadata.name': made.metadata.name });
  });
});
