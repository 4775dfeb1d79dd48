import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { UnknownObject } from '../../../api/object.ts';
import type { Client } from '../../../client/client.ts';
import { refused } from '../../testing/calls.ts';
import { restFor } from '../../testing/rest.ts';
import { startWebhookServer, type WebhookServer } from '../../testing/webhook-server.ts';

import { post } from './transport.ts';

const namespace = 'default';
const core = { group: '', version: 'v1', namespace };
const configMaps = { ...core, resource: 'configmaps' };
const admission = { group: 'admissionregistration.k8s.io', version: 'v1' };

interface Request extends Record<string, unknown> {
  uid: string;
  namespace?: string;
  object: UnknownObject | null;
}

let hook: WebhookServer;
let client: Client;
let asked: Request[];
/** What the webhook answers, beside the uid. */
let answer: (request: Request) => object;

beforeEach(async () => {
  asked = [];
  answer = () => ({ allowed: true });
  hook = await startWebhookServer<Request>((request) => {
    // What the server keeps there for itself it writes when it likes.
    if (request.namespace === 'kube-system') return { uid: request.uid, allowed: true };
    asked.push(request);
    return { uid: request.uid, ...answer(request) };
  });
  client = hook.server.client;
});
afterEach(() => hook.close());

function object(apiVersion: string, kind: string, name: string, rest: object = {}): UnknownObject {
  return { apiVersion, kind, metadata: { name }, ...rest };
}

async function register(kind: 'Mutating' | 'Validating', rest: object = {}): Promise<void> {
  const webhook = {
    name: 'hook.example.com',
    clientConfig: {
      service: { namespace, name: 'hook', path: '/admit' },
      caBundle: hook.caBundle,
    },
    rules: [{ operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }],
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    ...rest,
  };
  await client.create(
    { ...admission, resource: `${kind.toLowerCase()}webhookconfigurations` },
    object('admissionregistration.k8s.io/v1', `${kind}WebhookConfiguration`, 'hook', {
      webhooks: [webhook],
    }),
  );
}

const patched = (value: unknown) => ({
  patchType: 'JSONPatch',
  patch: Buffer.from(JSON.stringify([{ op: 'add', path: '/list', value }])).toString('base64'),
});

describe('webhooks', () => {
  it('change objects on their way in', async () => {
    await register('Mutating');
    const patch: object[] = [{ op: 'add', path: '/data', value: { added: 'yes' } }];
    answer = () => ({
      allowed: true,
      patchType: 'JSONPatch',
      patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
    });
    const made = await client.create(configMaps, object('v1', 'ConfigMap', 'a'));
    expect(made.data).toEqual({ added: 'yes' });
    expect(asked[0]).toMatchObject({
      operation: 'CREATE',
      namespace,
      name: 'a',
      resource: { group: '', version: 'v1', resource: 'configmaps' },
      userInfo: { groups: expect.arrayContaining(['system:masters']) },
      object: { kind: 'ConfigMap', metadata: { name: 'a' } },
      oldObject: null,
      dryRun: false,
    });
    patch.splice(0, 1, { op: 'add', path: '/nobody-knows', value: { this: 'field' } });
    const same = await client.create(configMaps, object('v1', 'ConfigMap', 'b'));
    expect(same).not.toHaveProperty('nobody-knows');
    patch.splice(0, 1, { op: 'add', path: '/data', value: 7 });
    const error = await refused(client.create(configMaps, object('v1', 'ConfigMap', 'c')));
    expect(error.status.code).toBe(500);
    expect(error.message).toMatch(
      /^Internal error occurred: .* the patch cannot be applied: ConfigMap in version "v1" cannot be handled as a ConfigMap: /,
    );
  });

  it('refuse, in their own words', async () => {
    await register('Validating');
    answer = ({ operation }) =>
      operation === 'DELETE'
        ? { allowed: false, status: { message: 'it is needed' } }
        : { allowed: true };
    await client.create(configMaps, object('v1', 'ConfigMap', 'a'));
    const error = await refused(client.delete({ ...configMaps, name: 'a' }));
    expect(error).toMatchObject({
      code: 400,
      reason: undefined,
      message: 'admission webhook "hook.example.com" denied the request: it is needed',
    });
    expect(asked.at(-1)).toMatchObject({ object: null, oldObject: { metadata: { name: 'a' } } });
  });

  it('are only asked about what they have asked for', async () => {
    await register('Validating', { objectSelector: { matchLabels: { watched: 'yes' } } });
    answer = () => ({ allowed: false });
    await client.create(configMaps, object('v1', 'ConfigMap', 'a'));
    const watched = object('v1', 'ConfigMap', 'b');
    watched.metadata.labels = { watched: 'yes' };
    const error = await refused(client.create(configMaps, watched));
    expect(error.message).toContain('denied the request without explanation');
    expect(asked).toHaveLength(1);
  });

  it('that fail stop the request, unless they may fail', async () => {
    await register('Validating', { clientConfig: { service: { namespace, name: 'nobody' } } });
    const error = await refused(client.create(configMaps, object('v1', 'ConfigMap', 'a')));
    expect(error.code).toBe(500);
    expect(error.message).toMatch(
      /^Internal error occurred: failed calling webhook "hook.example.com": failed to call webhook: Post "https:\/\/nobody.default.svc:443\/\?timeout=10s": service "nobody" not found$/,
    );
    const target = { ...admission, resource: 'validatingwebhookconfigurations', name: 'hook' };
    await client.patch(target, 'json', [
      { op: 'replace', path: '/webhooks/0/failurePolicy', value: 'Ignore' },
    ]);
    const noted: Record<string, string> = {};
    const annotate = (key: string, value: string) => Object.assign(noted, { [key]: value });
    const options = { annotate } as object;
    await client.create(configMaps, object('v1', 'ConfigMap', 'a'), options);
    expect(noted).toEqual({
      'failed-open.validating.webhook.admission.k8s.io/round_0_index_0': 'hook.example.com',
    });
  });

  it('see a request in the version that they ask for', async () => {
    await register('Mutating', {
      rules: [
        {
          operations: ['*'],
          apiGroups: ['autoscaling'],
          apiVersions: ['v1'],
          resources: ['horizontalpodautoscalers'],
        },
      ],
    });
    const patch = [{ op: 'replace', path: '/spec/maxReplicas', value: 7 }];
    answer = () => ({
      allowed: true,
      patchType: 'JSONPatch',
      patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
    });
    const autoscaler = object('autoscaling/v2', 'HorizontalPodAutoscaler', 'a', {
      spec: {
        scaleTargetRef: { kind: 'Deployment', name: 'web', apiVersion: 'apps/v1' },
        maxReplicas: 3,
        metrics: [
          {
            type: 'Resource',
            resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } },
          },
        ],
      },
    });
    const target = { group: 'autoscaling', version: 'v2', resource: 'horizontalpodautoscalers' };
    const made = await client.create({ ...target, namespace }, autoscaler);
    expect(asked[0]).toMatchObject({
      kind: { group: 'autoscaling', version: 'v1' },
      requestKind: { group: 'autoscaling', version: 'v2' },
      object: { apiVersion: 'autoscaling/v1', spec: { targetCPUUtilizationPercentage: 60 } },
    });
    expect(made).toMatchObject({
      apiVersion: 'autoscaling/v2',
      spec: {
        maxReplicas: 7,
        metrics: autoscaler.spec && (autoscaler.spec as { metrics: unknown }).metrics,
      },
    });
  });

  it('are asked only where their conditions are met', async () => {
    await register('Validating', {
      matchConditions: [
        { name: 'not-the-server', expression: "request.userInfo.username != 'system:apiserver'" },
        { name: 'named', expression: "object.metadata.name.startsWith('b')" },
        {
          name: 'may',
          expression: "!authorizer.group('').resource('nodes').check('delete').allowed()",
        },
      ],
    });
    answer = () => ({ allowed: false });
    await client.create(configMaps, object('v1', 'ConfigMap', 'b'));
    const eve = hook.server.api.client({ name: 'eve', groups: ['writers'] });
    await letIn('writers');
    await eve.create(configMaps, object('v1', 'ConfigMap', 'a'));
    expect(asked).toHaveLength(0);
    await refused(eve.create(configMaps, object('v1', 'ConfigMap', 'b2')));
    expect(asked).toHaveLength(1);
  });

  it('that cannot be told whether they are concerned stop the request, unless they may fail', async () => {
    await register('Validating', {
      matchConditions: [{ name: 'broken', expression: 'object.data.nothing == "x"' }],
    });
    const error = await refused(client.create(configMaps, object('v1', 'ConfigMap', 'a')));
    expect(error).toMatchObject({
      code: 403,
      message:
        'configmaps "a" is forbidden: expression \'object.data.nothing == "x"\' resulted in error: no such key: data',
    });
    const target = { ...admission, resource: 'validatingwebhookconfigurations', name: 'hook' };
    await client.patch(target, 'json', [
      { op: 'replace', path: '/webhooks/0/failurePolicy', value: 'Ignore' },
    ]);
    await client.create(configMaps, object('v1', 'ConfigMap', 'a'));
    expect(asked).toHaveLength(0);
  });

  it('are called again after others have changed the object, if they want to', async () => {
    await register('Mutating', { reinvocationPolicy: 'IfNeeded' });
    await client.create(
      { ...admission, resource: 'mutatingwebhookconfigurations' },
      object('admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration', 'later', {
        webhooks: [await webhookOf('mutatingwebhookconfigurations', 'later.example.com')],
      }),
    );
    const add = (name: string) => ({
      allowed: true,
      patchType: 'JSONPatch',
      patch: Buffer.from(
        JSON.stringify([{ op: 'add', path: '/data', value: { [name]: 'yes' } }]),
      ).toString('base64'),
    });
    answer = () => (asked.length === 2 ? add('second') : { allowed: true });
    const made = await client.create(configMaps, object('v1', 'ConfigMap', 'a'));
    expect(made.data).toEqual({ second: 'yes' });
    expect(asked.map(({ object: seen }) => (seen as { data?: object }).data)).toEqual([
      undefined,
      undefined,
      { second: 'yes' },
    ]);
  });

  it('with side effects stop dry runs', async () => {
    await register('Validating');
    const target = { ...admission, resource: 'validatingwebhookconfigurations', name: 'hook' };
    const dry = { dryRun: true } as const;
    await client.create(configMaps, object('v1', 'ConfigMap', 'a'), dry);
    expect(asked.at(-1)).toMatchObject({ dryRun: true, options: { dryRun: ['All'] } });
    await client.patch(target, 'json', [
      { op: 'replace', path: '/webhooks/0/sideEffects', value: 'NoneOnDryRun' },
    ]);
    await client.create(configMaps, object('v1', 'ConfigMap', 'a'), dry);
  });

  it('see a Scale where a Scale is written', async () => {
    await register('Validating', {
      rules: [
        {
          operations: ['UPDATE'],
          apiGroups: ['apps'],
          apiVersions: ['v1'],
          resources: ['*/scale'],
        },
      ],
    });
    const apps = { group: 'apps', version: 'v1', resource: 'deployments', namespace };
    const labels = { app: 'web' };
    await client.create(
      apps,
      object('apps/v1', 'Deployment', 'web', {
        spec: {
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers: [{ name: 'a', image: 'a' }] } },
        },
      }),
    );
    answer = () => ({
      allowed: false,
      status: { message: 'not that many', code: 403, reason: 'Forbidden' },
    });
    const patch = client.patch({ ...apps, name: 'web', subresource: 'scale' }, 'merge', {
      spec: { replicas: 9 },
    });
    expect(await refused(patch)).toMatchObject({ code: 403, reason: 'Forbidden' });
    expect(asked[0]).toMatchObject({
      kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
      subResource: 'scale',
      object: { kind: 'Scale', spec: { replicas: 9 } },
      oldObject: { kind: 'Scale', spec: { replicas: 1 } },
    });
  });

  it('that answer what they may not are not believed', async () => {
    await register('Validating');
    answer = () => ({ allowed: true, uid: 'other' });
    const error = await refused(client.create(configMaps, object('v1', 'ConfigMap', 'a')));
    expect(error.message).toMatch(
      /failed calling webhook "hook.example.com": received invalid webhook response: expected response.uid="[^"]+", got "other"$/,
    );
    answer = () => ({ allowed: true, patch: 'e30=', patchType: 'JSONPatch' });
    const second = await refused(client.create(configMaps, object('v1', 'ConfigMap', 'a')));
    expect(second.message).toContain('validating webhook may not return response.patch');
  });

  it.each<[string, object, string]>([
    ['patch', { patch: 5, patchType: 'JSONPatch' }, 'response.patch is not of its type'],
    ['code', { allowed: false, status: { code: 'x' } }, 'response.status is not of its type'],
    [
      'delay',
      { allowed: false, status: { details: { retryAfterSeconds: 'a\nb' } } },
      'response.status is not of its type',
    ],
    ['warnings', { warnings: [5] }, 'response.warnings is not of its type'],
    ['notes', { auditAnnotations: { a: {} } }, 'response.auditAnnotations is not of its type'],
    ['page', { patch: 'x'.repeat(9 * 1024 * 1024) }, 'the answer is too large'],
    [
      'object',
      patched(Array.from({ length: 70_000 }, () => 'x')),
      'limit is 30000 fields of a map',
    ],
  ])('cannot make the server fail by a bad %s', async (_, bad, why) => {
    await register('Mutating');
    answer = () => ({ allowed: true, ...bad });
    const error = await refused(client.create(configMaps, object('v1', 'ConfigMap', 'a')));
    expect(error.status.code).toBe(500);
    expect(error.message).toContain(why);
  });

  it('refuse with a code that is one', async () => {
    await register('Validating');
    answer = () => ({ allowed: false, status: { code: 100_000, message: 'no' } });
    const error = await refused(client.create(configMaps, object('v1', 'ConfigMap', 'a')));
    expect(error.status).toMatchObject({ code: 400 });
  });

  it('that accept a connection and say nothing do not keep it', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    const closed = once(silent, 'connection').then(([socket]) => once(socket.resume(), 'close'));
    await once(silent, 'listening');
    const url = `https://127.0.0.1:${(silent.address() as AddressInfo).port}/`;
    const reach = {} as Parameters<typeof post>[0];
    await expect(post(reach, { url }, '{}', 0.2)).rejects.toThrow('context deadline exceeded');
    await closed;
    silent.close();
  });

  it('are asked about streams and proxies before these begin', async () => {
    const operations = ['CONNECT'];
    const resources = ['pods/attach', 'pods/exec', 'pods/portforward', '*/proxy'];
    const rules = [{ operations, apiGroups: [''], apiVersions: ['v1'], resources }];
    await register('Validating', { rules });
    const rest = await restFor(hook.server);
    const ask = async (path: string, method = 'POST') => {
      const { code, json } = await rest.send(`/api/v1/namespaces/default/${path}`, { method });
      return `${code} ${(json() as { message: string }).message}`;
    };
    const exec = 'pods/a/exec?command=ls&command=-l&stdout=true&stdin=1&container=web';
    expect(await ask(exec)).toBe('404 pods "a" not found');
    answer = () => ({ allowed: false, status: { code: 403, message: 'attaching is not allowed' } });
    expect(await ask('pods/a/attach?stdin=true&tty=false')).toBe(
      '403 admission webhook "hook.example.com" denied the request: attaching is not allowed',
    );
    expect(await ask('pods/a/portforward?ports=80,81')).toMatch(/^403 /);
    expect(await ask('services/https:a:web/proxy/x/y?q=1&dryRun=so', 'GET')).toMatch(/^403 /);
    expect(asked.map(({ kind, object: options }) => [kind, options])).toEqual([
      [
        { group: '', version: 'v1', kind: 'PodExecOptions' },
        {
          kind: 'PodExecOptions',
          apiVersion: 'v1',
          stdin: true,
          stdout: true,
          container: 'web',
          command: ['ls', '-l'],
        },
      ],
      [expect.anything(), { kind: 'PodAttachOptions', apiVersion: 'v1', stdin: true }],
      [expect.anything(), { kind: 'PodPortForwardOptions', apiVersion: 'v1', ports: [80, 81] }],
      [expect.anything(), { kind: 'ServiceProxyOptions', apiVersion: 'v1', path: 'x/y' }],
    ]);
    expect(asked[3]).toMatchObject({
      operation: 'CONNECT',
      resource: { group: '', version: 'v1', resource: 'services' },
      subResource: 'proxy',
      name: 'https:a:web',
      namespace,
      oldObject: null,
      options: null,
    });
    rest.close();
  });
});

/** A copy of the registered webhook under another name. */
async function webhookOf(resource: string, name: string): Promise<object> {
  const found = await client.get({ ...admission, resource, name: 'hook' });
  const [webhook] = found.webhooks as object[];
  return { ...webhook, name, reinvocationPolicy: 'Never' };
}

/** Lets a group write configuration maps. */
async function letIn(group: string): Promise<void> {
  const rbac = { group: 'rbac.authorization.k8s.io', version: 'v1' };
  const apiGroup = 'rbac.authorization.k8s.io';
  await client.create(
    { ...rbac, resource: 'clusterroles' },
    object(`${apiGroup}/v1`, 'ClusterRole', 'write', {
      rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['*'] }],
    }),
  );
  await client.create(
    { ...rbac, resource: 'clusterrolebindings' },
    object(`${apiGroup}/v1`, 'ClusterRoleBinding', 'write', {
      roleRef: { apiGroup, kind: 'ClusterRole', name: 'write' },
      subjects: [{ kind: 'Group', name: group, apiGroup }],
    }),
  );
}
