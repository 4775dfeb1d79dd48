import { beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../api/object.ts';
import { ask } from '../testing/https-client.ts';
import { useFreshServer } from '../testing/use-server.ts';
import type { AuditEvent } from './event.ts';
import { parsePolicy } from './policy.ts';

const head = 'apiVersion: audit.k8s.io/v1\nkind: Policy\n';
const policy = parsePolicy(`${head}rules:
- {level: None, users: ["system:apiserver"]}
- {level: RequestResponse, resources: [{group: "", resources: [configmaps]}], omitManagedFields: true}
- {level: Metadata, resources: [{group: "", resources: [secrets]}], omitStages: [RequestReceived]}
- {level: Metadata, nonResourceURLs: ["/version"]}
- {level: Metadata, users: ["system:node:n1", "jane"]}
- {level: Metadata, verbs: [watch]}
`);

let port: number;
let events: AuditEvent[] = [];
let arrived: () => void = () => {};
const write = (event: AuditEvent) => {
  events.push(event);
  arrived();
};
const server = useFreshServer({ audit: { policy, write } });

beforeEach(async () => {
  arrived = () => {};
  port = (await server.api.listen({ host: '127.0.0.1', port: 0 })).port;
  events = [];
});

const asAdmin = (path: string, options: Parameters<typeof ask>[3] = {}) =>
  ask(port, server.pki.caPem, path, { as: server.pki.admin, ...options });
const stages = () => events.map(({ stage }) => stage);

/** The end of a request is written a moment after the client has its answer. */
function until(count: number): Promise<void> {
  return new Promise((resolve) => {
    arrived = () => events.length >= count && resolve();
    arrived();
  });
}

const configMap = (name: string) =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { a: '1' } });
const configMaps = '/api/v1/namespaces/default/configmaps';

describe('the audit log', () => {
  it('has a request and its answer, as they were on the wire', async () => {
    const headers = { 'User-Agent': 'tester/1', 'Audit-ID': 'my-id' };
    const answer = await asAdmin(configMaps, { method: 'POST', body: configMap('c'), headers });
    expect(answer.headers['audit-id']).toBe('my-id');
    await until(2);
    expect(stages()).toEqual(['RequestReceived', 'ResponseComplete']);
    expect(events[0]).not.toHaveProperty('requestObject');
    expect(events[1]).toMatchObject({
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: 'RequestResponse',
      auditID: 'my-id',
      requestURI: configMaps,
      verb: 'create',
      user: { username: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] },
      sourceIPs: ['127.0.0.1'],
      userAgent: 'tester/1',
      objectRef: { resource: 'configmaps', namespace: 'default', name: 'c', apiVersion: 'v1' },
      responseStatus: { metadata: {}, code: 201 },
      requestObject: { kind: 'ConfigMap', data: { a: '1' } },
      responseObject: { kind: 'ConfigMap', metadata: { name: 'c', namespace: 'default' } },
      annotations: { 'authorization.k8s.io/decision': 'allow' },
    });
    const shown = events[1]!.responseObject as { metadata: object };
    expect(shown.metadata).not.toHaveProperty('managedFields');
    expect(events[1]?.requestReceivedTimestamp).toMatch(/^\d{4}-.*\.\d{6}Z$/);
  });

  it('has what admission notes of a request, over HTTP and within the process', async () => {
    const group = 'admissionregistration.k8s.io';
    const admission = { group, version: 'v1' };
    const metadata = { name: 'noted' };
    const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'] };
    const spec = {
      matchConstraints: { resourceRules: [{ ...rule, resources: ['secrets'] }] },
      validations: [{ expression: 'false' }],
      auditAnnotations: [{ key: 'who', valueExpression: 'request.userInfo.username' }],
    };
    const { client } = server;
    await client.create({ ...admission, resource: 'validatingadmissionpolicies' }, {
      apiVersion: `${group}/v1`,
      kind: 'ValidatingAdmissionPolicy',
      metadata,
      spec,
    } as KubeObject);
    await client.create({ ...admission, resource: 'validatingadmissionpolicybindings' }, {
      apiVersion: `${group}/v1`,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata,
      spec: { policyName: 'noted', validationActions: ['Audit'] },
    } as KubeObject);
    events.length = 0;
    const secret = (name: string) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name } });
    const path = '/api/v1/namespaces/default/secrets';
    await asAdmin(path, { method: 'POST', body: JSON.stringify(secret('a')) });
    await until(1);
    expect(events[0]?.annotations).toMatchObject({
      'authorization.k8s.io/decision': 'allow',
      'noted/who': 'kubernetes-admin',
      'validation.policy.admission.k8s.io/validation_failure': expect.stringContaining(
        '"policy":"noted","binding":"noted","expressionIndex":0,"validationActions":["Audit"]',
      ),
    });
    const jane = server.api.client({ name: 'jane', groups: ['system:masters'] });
    const secrets = { group: '', version: 'v1', resource: 'secrets', namespace: 'default' };
    await jane.create(secrets, secret('b'));
    expect(events.at(-1)?.annotations).toMatchObject({ 'noted/who': 'jane' });
  });

  it('has the level that a pod was held against', async () => {
    const labels = {
      'pod-security.kubernetes.io/enforce': 'baseline',
      'pod-security.kubernetes.io/audit': 'restricted',
    };
    const jane = server.api.client({ name: 'jane', groups: ['system:masters'] });
    const core = { group: '', version: 'v1' };
    await jane.create(
      { ...core, resource: 'namespaces' },
      {
        ...{ apiVersion: 'v1', kind: 'Namespace' },
        metadata: { name: 'held', labels },
      },
    );
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'own' } };
    await jane.create({ ...core, resource: 'serviceaccounts', namespace: 'held' }, account);
    await jane.create({ ...core, resource: 'pods', namespace: 'held' }, {
      ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } },
      spec: { serviceAccountName: 'own', containers: [{ name: 'a', image: 'a:1' }] },
    } as KubeObject);
    expect(events.at(-1)?.annotations).toEqual({
      'pod-security.kubernetes.io/enforce-policy': 'baseline:latest',
      'pod-security.kubernetes.io/audit-violations': expect.stringContaining(
        'would violate PodSecurity "restricted:latest": ',
      ),
    });
  });

  it('has lists, patches and compressed answers', async () => {
    await asAdmin(configMaps, { method: 'POST', body: configMap('c') });
    const merge = { 'Content-Type': 'application/merge-patch+json' };
    const body = JSON.stringify({ data: { big: 'x'.repeat(200_000) } });
    await asAdmin(`${configMaps}/c`, { method: 'PATCH', body, headers: merge });
    await until(4);
    events.length = 0;
    await asAdmin(configMaps, { headers: { 'Accept-Encoding': 'gzip' } });
    await until(2);
    expect(events[1]?.responseObject).toMatchObject({
      kind: 'ConfigMapList',
      items: [{ metadata: { name: 'c' }, data: { big: /^x+$/ } }],
    });
  });

  it('shows no more than the level allows, and says why something failed', async () => {
    const path = '/api/v1/namespaces/default/secrets/none';
    await asAdmin(path);
    await until(1);
    expect(stages()).toEqual(['ResponseComplete']);
    expect(events[0]).toMatchObject({
      level: 'Metadata',
      responseStatus: {
        status: 'Failure',
        reason: 'NotFound',
        message: 'secrets "none" not found',
        code: 404,
      },
    });
    expect(events[0]).not.toHaveProperty('responseObject');
  });

  it('names who is impersonated, and who is refused', async () => {
    await asAdmin('/api/v1/nodes', { headers: { 'Impersonate-User': 'jane' } });
    expect(events).toHaveLength(0);
    const janes = await server.pki.clientCertificate('jane', []);
    const refused = await ask(port, server.pki.caPem, '/api/v1/nodes', { as: janes });
    expect(refused.code).toBe(403);
    await until(2);
    expect(events[1]).toMatchObject({
      user: { username: 'jane' },
      annotations: {
        'authorization.k8s.io/decision': 'forbid',
        'authorization.k8s.io/reason': '',
      },
      responseStatus: { reason: 'Forbidden', code: 403 },
    });
    events.length = 0;
    await asAdmin('/version', { headers: { 'Impersonate-User': 'jane' } });
    await until(2);
    expect(events[0]).not.toHaveProperty('impersonatedUser');
    expect(events[1]).toMatchObject({
      user: { username: 'kubernetes-admin' },
      impersonatedUser: { username: 'jane', groups: ['system:authenticated'] },
    });
  });

  it('has those whose credentials do not hold', async () => {
    const headers = { Authorization: 'Bearer nonsense' };
    await ask(port, server.pki.caPem, '/version', { headers });
    await until(1);
    expect(events).toMatchObject([
      { stage: 'ResponseStarted', user: {}, responseStatus: { code: 401, reason: 'Unauthorized' } },
    ]);
  });

  it('has a watch when it begins and when it ends', async () => {
    await asAdmin('/api/v1/pods?watch=1&timeoutSeconds=1');
    await until(3);
    expect(stages()).toEqual(['RequestReceived', 'ResponseStarted', 'ResponseComplete']);
  });

  it('has the parts of this process as well', async () => {
    const user = { name: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] };
    const nodes = { group: '', version: 'v1', resource: 'nodes' };
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } };
    await server.api.client(user).create(nodes, node);
    expect(events.at(-1)).toMatchObject({
      stage: 'ResponseComplete',
      verb: 'create',
      requestURI: '/api/v1/nodes',
      user: { username: 'system:node:n1' },
      objectRef: { resource: 'nodes', name: 'n1' },
      responseStatus: { code: 201 },
    });
  });
});
