/** What single conformance tests of releases after 1.20 ask of the API server, where no room asks it. */
import { beforeAll, expect, it } from 'vitest';
import type { UnknownObject } from '../../runtime/api/object.ts';
import { useRest } from '../../runtime/apiserver/testing/use-server.ts';

const { rest } = useRest();

beforeAll(async () => {
  await done('POST', '/api/v1/namespaces/default/serviceaccounts', named('default'));
});

type Body = UnknownObject & { items: UnknownObject[]; message?: string; status?: object };
const named = (name: string, more: object = {}) => ({ metadata: { name }, ...more });

async function ask(
  method: string,
  path: string,
  body?: unknown,
  { type = 'application/json', as }: { type?: string; as?: string } = {},
) {
  const headers = {
    ...{ accept: 'application/json', 'content-type': type },
    ...(as === undefined ? {} : { 'impersonate-user': as }),
  };
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await rest.send(path, { method, headers, ...(text && { body: text }) });
  return { code: answer.code, headers: answer.headers, body: answer.json() as Body };
}

async function done(method: string, path: string, body?: unknown, type?: string): Promise<Body> {
  const answer = await ask(method, path, body, type === undefined ? {} : { type });
  expect(answer.code, JSON.stringify(answer.body)).toBeLessThan(300);
  return answer.body;
}

const admission = '/apis/admissionregistration.k8s.io/v1';
const matchConstraints = {
  resourceRules: [
    {
      ...{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE'] },
      resources: ['deployments'],
    },
  ],
};
const deployment = (name: string, replicas: number) => ({
  ...named(name),
  spec: {
    replicas,
    selector: { matchLabels: { app: 'a' } },
    template: {
      metadata: { labels: { app: 'a' } },
      spec: { containers: [{ name: 'a', image: 'a' }] },
    },
  },
});
const deployments = '/apis/apps/v1/namespaces/default/deployments';

// "[MutatingAdmissionPolicy] should mutate / add annotations to a Deployment", 1.36
it('changes deployments as a policy says, in both kinds of patch', async () => {
  const policies = `${admission}/mutatingadmissionpolicies`;
  const reinvocationPolicy = 'Never';
  const applyConfiguration = {
    expression: 'Object{metadata: Object.metadata{annotations: {"by": "policy"}}}',
  };
  const jsonPatch = {
    expression:
      '[JSONPatch{op: "replace", path: "/spec/replicas", value: object.spec.replicas + 2}]',
  };
  const mutations = [
    { patchType: 'ApplyConfiguration', applyConfiguration },
    { patchType: 'JSONPatch', jsonPatch },
  ];
  const spec = { matchConstraints, mutations, reinvocationPolicy, failurePolicy: 'Fail' };
  await done('POST', policies, named('changes', { spec }));
  const binding = named('changes', { spec: { policyName: 'changes' } });
  await done('POST', `${admission}/mutatingadmissionpolicybindings`, binding);
  const made = await done('POST', deployments, deployment('changed', 1));
  expect(made).toMatchObject({
    metadata: { annotations: { by: 'policy' } },
    spec: { replicas: 3 },
  });
  await done('DELETE', `${admission}/mutatingadmissionpolicybindings/changes`);
  await done('DELETE', `${policies}/changes`);
});

// "[ValidatingAdmissionPolicy] should validate against a Deployment", "allow expressions to refer variables", 1.30
it('refuses deployments by what a policy has worked out', async () => {
  const spec = {
    matchConstraints,
    variables: [
      { name: 'replicas', expression: 'object.spec.replicas' },
      { name: 'isOdd', expression: 'variables.replicas % 2 == 1' },
    ],
    validations: [
      { expression: 'variables.replicas > 1' },
      { expression: 'variables.isOdd', message: 'an odd number' },
    ],
  };
  await done('POST', `${admission}/validatingadmissionpolicies`, named('odd', { spec }));
  const binding = named('odd', { spec: { policyName: 'odd', validationActions: ['Deny'] } });
  await done('POST', `${admission}/validatingadmissionpolicybindings`, binding);
  const refused = (replicas: number) => ask('POST', deployments, deployment('odd', replicas));
  expect(await refused(1)).toMatchObject({
    code: 422,
    body: {
      message: expect.stringContaining(
        "ValidatingAdmissionPolicy 'odd' with binding 'odd' denied request: failed expression: variables.replicas > 1",
      ),
    },
  });
  expect((await refused(2)).body.message).toContain('denied request: an odd number');
  expect((await refused(3)).code).toBe(201);
  await done('DELETE', `${admission}/validatingadmissionpolicybindings/odd`);
});

// "should reject mutating / validating webhook configurations with invalid match conditions", 1.28
it.each(['mutating', 'validating'])(
  'refuses %s webhooks with conditions that do not compile',
  async (sort) => {
    const clientConfig = { url: 'https://127.0.0.1:1/hook' };
    const webhook = {
      ...{ name: 'a.example.com', clientConfig, sideEffects: 'None' },
      ...{ admissionReviewVersions: ['v1'], rules: [] },
      matchConditions: [{ name: 'wrong', expression: '... [] bad expression' }],
    };
    const path = `${admission}/${sort}webhookconfigurations`;
    const { code, body } = await ask('POST', path, named(sort, { webhooks: [webhook] }));
    expect(code).toBe(422);
    expect(body.message).toContain('webhooks[0].matchConditions[0].expression: Invalid value');
    expect(body.message).toContain('compilation failed');
  },
);

// "FieldValidation should detect unknown metadata fields / duplicates" of custom resources, 1.27
it('finds unknown and repeated fields of custom resources, also where they may have any', async () => {
  const metadata = { type: 'object' };
  const embedded = {
    ...{ type: 'object', 'x-kubernetes-embedded-resource': true },
    'x-kubernetes-preserve-unknown-fields': true,
    properties: { metadata },
  };
  const spec = {
    ...{ type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    properties: { embedded, known: { type: 'string' } },
  };
  const version = {
    ...{ name: 'v1', served: true, storage: true },
    schema: { openAPIV3Schema: { type: 'object', properties: { spec } } },
  };
  const names = { plural: 'crates', singular: 'crate', kind: 'Crate', listKind: 'CrateList' };
  const definition = { group: 'example.com', scope: 'Namespaced', names, versions: [version] };
  const crd = named('crates.example.com', { spec: definition });
  await done('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', crd);
  const crates = '/apis/example.com/v1/namespaces/default/crates';
  await expect.poll(async () => (await ask('GET', crates)).code).toBe(200);
  const type = '"apiVersion":"example.com/v1","kind":"Crate"';
  const text = (more: string, name = 'a') =>
    `{${type},"metadata":{"name":"${name}","odd":1},"spec":{"any":{"thing":1},${more}}}`;
  const wrong = text(
    '"known":"x","known":"y","embedded":{"apiVersion":"v1","kind":"X","metadata":{"name":"e","odder":1}}',
  );
  const strict = await ask('POST', `${crates}?fieldValidation=Strict`, wrong);
  expect(strict.code).toBe(400);
  for (const what of [
    'duplicate field "spec.known"',
    'unknown field "metadata.odd"',
    'unknown field "spec.embedded.metadata.odder"',
  ]) {
    expect(strict.body.message).toContain(what);
  }
  const warned = await ask('POST', `${crates}?fieldValidation=Warn`, wrong);
  expect(warned.code).toBe(201);
  expect(warned.headers.warning).toContain('duplicate field \\"spec.known\\"');
  expect(warned.body.spec).toEqual({
    any: { thing: 1 },
    known: 'y',
    embedded: { apiVersion: 'v1', kind: 'X', metadata: { name: 'e' } },
  });
});

// "SubjectReview should support SubjectAccessReview API operations", 1.27
it('answers reviews as it treats who is impersonated', async () => {
  const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default';
  const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }];
  await done('POST', `${rbac}/roles`, named('lists', { rules }));
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'lists' };
  const user = 'system:serviceaccount:default:reviewed';
  const subjects = [{ kind: 'ServiceAccount', name: 'reviewed', namespace: 'default' }];
  await done('POST', `${rbac}/rolebindings`, named('lists', { roleRef, subjects }));
  for (const [verb, method, path] of [
    ['list', 'GET', '/api/v1/namespaces/default/pods'],
    ['get', 'GET', '/api/v1/namespaces/default/pods/none'],
    ['list', 'GET', '/api/v1/namespaces/kube-system/pods'],
  ] as const) {
    const namespace = path.split('/')[4] ?? '';
    const resourceAttributes = { namespace, resource: 'pods', verb };
    const reviews = '/apis/authorization.k8s.io/v1';
    const global = await done('POST', `${reviews}/subjectaccessreviews`, {
      spec: { resourceAttributes, user },
    });
    const local = await done(
      ...(['POST', `${reviews}/namespaces/${namespace}/localsubjectaccessreviews`] as const),
      { metadata: { namespace }, spec: { resourceAttributes, user } },
    );
    const { code } = await ask(method, path, undefined, { as: user });
    const allowed = code !== 403;
    expect([global.status, local.status]).toMatchObject([{ allowed }, { allowed }]);
    expect(allowed).toBe(verb === 'list' && namespace === 'default');
  }
});

// "CSIInlineVolumes should support CSIVolumeSource in Pod API", 1.26
it('keeps pods with volumes of drivers that nobody has', async () => {
  const driver = named('inline.example.com', { spec: { volumeLifecycleModes: ['Ephemeral'] } });
  await done('POST', '/apis/storage.k8s.io/v1/csidrivers', driver);
  const volumes = [{ name: 'v', csi: { driver: 'inline.example.com', readOnly: true } }];
  const volumeMounts = [{ name: 'v', mountPath: '/v' }];
  const containers = [{ name: 'a', image: 'a', volumeMounts }];
  const pods = '/api/v1/namespaces/default/pods';
  const spec = { automountServiceAccountToken: false, containers, volumes };
  await done('POST', pods, { metadata: { name: 'inline', labels: { inline: 'yes' } }, spec });
  const labels = { metadata: { labels: { patched: 'yes' } } };
  const merge = 'application/strategic-merge-patch+json';
  expect(await done('PATCH', `${pods}/inline`, labels, merge)).toMatchObject({ spec: { volumes } });
  const selected = `${pods}?labelSelector=patched%3Dyes`;
  expect((await done('GET', selected)).items).toMatchObject([{ spec: { volumes } }]);
  await done('DELETE', `${selected}&gracePeriodSeconds=0`);
  expect((await done('GET', selected)).items).toEqual([]);
});

// "Namespace should apply a finalizer to a Namespace", 1.26
it('sets and takes finalizers of namespaces through their own door alone', async () => {
  const path = '/api/v1/namespaces/finalized';
  const made = await done('POST', '/api/v1/namespaces', named('finalized'));
  const finalizers = ['kubernetes', 'example.com/own'];
  await done('PUT', path, { ...made, spec: { finalizers } });
  expect(await done('GET', path)).toMatchObject({ spec: { finalizers: ['kubernetes'] } });
  const next = await done('GET', path);
  await done('PUT', `${path}/finalize`, { ...next, spec: { finalizers } });
  const set = await done('GET', path);
  expect(set.spec).toEqual({ finalizers });
  await done('PUT', `${path}/finalize`, { ...set, spec: { finalizers: ['kubernetes'] } });
  expect(await done('GET', path)).toMatchObject({
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  });
});
