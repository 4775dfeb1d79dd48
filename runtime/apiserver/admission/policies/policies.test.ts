import { beforeEach, describe, expect, it } from 'vitest';
import type { UnknownObject } from '../../../api/object.ts';
import type { Client } from '../../../client/client.ts';
import { refused } from '../../testing/calls.ts';
import { restFor } from '../../testing/rest.ts';
import { useFreshServer } from '../../testing/use-server.ts';

const group = 'admissionregistration.k8s.io';
const admission = { group, version: 'v1' };
const namespace = 'default';
const configMaps = { group: '', version: 'v1', resource: 'configmaps', namespace };
const deployments = { group: 'apps', version: 'v1', resource: 'deployments', namespace };

const server = useFreshServer();
let client: Client;

beforeEach(async () => {
  client = server.client;
});

function object(apiVersion: string, kind: string, name: string, rest: object = {}): UnknownObject {
  return { apiVersion, kind, metadata: { name }, ...rest };
}

const configMap = (name: string, data: Record<string, string> = {}) =>
  object('v1', 'ConfigMap', name, { data });

const onConfigMaps = {
  resourceRules: [
    { apiGroups: [''], apiVersions: ['v1'], operations: ['*'], resources: ['configmaps'] },
  ],
};

type Kind = 'Validating' | 'Mutating';

async function make(kind: Kind, name: string, spec: object, binding: object = {}): Promise<void> {
  const resource = `${kind.toLowerCase()}admissionpolicies`;
  await client.create(
    { ...admission, resource },
    object(`${group}/v1`, `${kind}AdmissionPolicy`, name, {
      spec: {
        matchConstraints: onConfigMaps,
        ...(kind === 'Mutating' ? { reinvocationPolicy: 'Never' } : {}),
        ...spec,
      },
    }),
  );
  await client.create(
    { ...admission, resource: `${kind.toLowerCase()}admissionpolicybindings` },
    object(`${group}/v1`, `${kind}AdmissionPolicyBinding`, name, {
      spec: {
        policyName: name,
        ...(kind === 'Validating' ? { validationActions: ['Deny'] } : {}),
        ...binding,
      },
    }),
  );
}

describe('validating policies', () => {
  it('refuse what does not hold, in their own words or the expression', async () => {
    await make('Validating', 'small', {
      variables: [{ name: 'count', expression: 'size(object.?data.orValue({}))' }],
      validations: [
        { expression: 'variables.count <= 2' },
        {
          expression: '!("secret" in object.?data.orValue({}))',
          messageExpression: "'no secrets in ' + request.namespace + '/' + object.metadata.name",
          reason: 'Forbidden',
        },
      ],
    });
    await client.create(configMaps, configMap('a', { a: '1' }));
    const many = await refused(client.create(configMaps, configMap('b', { a: '', b: '', c: '' })));
    const why =
      "ValidatingAdmissionPolicy 'small' with binding 'small' denied request: failed expression: variables.count <= 2";
    expect(many).toMatchObject({
      code: 422,
      reason: 'Invalid',
      message: `configmaps "b" is forbidden: ${why}`,
    });
    expect(many.status.details?.causes).toEqual([{ message: why }]);
    const secret = await refused(client.create(configMaps, configMap('c', { secret: '' })));
    expect(secret).toMatchObject({ code: 403, reason: 'Forbidden' });
    expect(secret.message).toMatch(/denied request: no secrets in default\/c$/);
  });

  it('compare with what was there, and look at the namespace', async () => {
    await make('Validating', 'frozen', {
      matchConditions: [
        { name: 'updates', expression: "request.operation == 'UPDATE' && oldObject != null" },
      ],
      validations: [
        { expression: "object.data == oldObject.data || namespaceObject.metadata.name == 'x'" },
      ],
    });
    await client.create(configMaps, configMap('a', { a: '1' }));
    const change = client.patch({ ...configMaps, name: 'a' }, 'merge', { data: { a: '2' } });
    expect((await refused(change)).message).toContain('denied request: failed expression');
    await client.patch({ ...configMaps, name: 'a' }, 'merge', { metadata: { labels: { b: 'c' } } });
    await client.delete({ ...configMaps, name: 'a' });
  });

  it('take parameters by name and by label, and say what to do without', async () => {
    const spec = {
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: ['apps'],
            apiVersions: ['v1'],
            operations: ['*'],
            resources: ['deployments'],
          },
        ],
      },
      validations: [
        {
          expression: 'object.spec.replicas <= int(params.data.most)',
          messageExpression: "'at most ' + params.data.most",
        },
      ],
    };
    const paramRef = { name: 'limits', parameterNotFoundAction: 'Deny' };
    await make('Validating', 'limit', spec, { paramRef });
    const labels = { app: 'web' };
    const deployment = object('apps/v1', 'Deployment', 'web', {
      spec: {
        replicas: 5,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'a', image: 'a' }] } },
      },
    });
    const lacking = await refused(client.create(deployments, deployment));
    expect(lacking.message).toMatch(
      /denied request: failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction$/,
    );
    await client.create(configMaps, configMap('limits', { most: '3' }));
    expect((await refused(client.create(deployments, deployment))).message).toMatch(/at most 3$/);
    await client.patch({ ...configMaps, name: 'limits' }, 'merge', { data: { most: '5' } });
    await client.create(deployments, deployment, { dryRun: true });
    const bindings = { ...admission, resource: 'validatingadmissionpolicybindings', name: 'limit' };
    await client.patch(bindings, 'merge', {
      spec: { paramRef: { name: null, selector: { matchLabels: { limit: 'yes' } } } },
    });
    const other = configMap('low', { most: '1' });
    other.metadata.labels = { limit: 'yes' };
    await client.create(configMaps, other);
    expect((await refused(client.create(deployments, deployment))).message).toMatch(/at most 1$/);
  });

  it('that fail refuse the request, unless they may fail', async () => {
    await make('Validating', 'broken', {
      validations: [{ expression: 'object.data.nothing == "x"' }],
    });
    const error = await refused(client.create(configMaps, configMap('a', { some: 'thing' })));
    expect(error.message).toMatch(
      /denied request: expression 'object.data.nothing == "x"' resulted in error: no such key: nothing$/,
    );
    const name = { ...admission, resource: 'validatingadmissionpolicies', name: 'broken' };
    const binding = { ...name, resource: 'validatingadmissionpolicybindings' };
    await client.patch(binding, 'merge', { spec: { validationActions: ['Warn'] } });
    await client.create(configMaps, configMap('b'));
    await client.patch(name, 'merge', { spec: { failurePolicy: 'Ignore' } });
    await client.create(configMaps, configMap('a'));
  });

  it('leave out what they exclude, and objects without the label', async () => {
    await make(
      'Validating',
      'strict',
      {
        matchConstraints: {
          ...onConfigMaps,
          excludeResourceRules: [
            {
              apiGroups: [''],
              apiVersions: ['v1'],
              operations: ['*'],
              resources: ['configmaps'],
              resourceNames: ['exempt'],
            },
          ],
          objectSelector: { matchLabels: { watched: 'yes' } },
        },
        validations: [{ expression: 'false' }],
      },
      {
        matchResources: {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'default' } },
        },
      },
    );
    const watched = (name: string) => {
      const made = configMap(name);
      made.metadata.labels = { watched: 'yes' };
      return made;
    };
    await client.create(configMaps, configMap('a'));
    await client.create(configMaps, watched('exempt'));
    await refused(client.create(configMaps, watched('b')));
    const elsewhere = { ...configMaps, namespace: 'kube-public' };
    await client.create(elsewhere, watched('b'));
  });

  it('cannot stall the server', async () => {
    await make('Validating', 'endless', {
      validations: [
        {
          expression:
            'object.data.all(a, object.data.all(b, object.data.all(c, a != b + c + "x")))',
        },
      ],
    });
    const data = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`k${index}`, '']));
    const error = await refused(client.create(configMaps, configMap('a', data)));
    expect(error.message).toContain('operation cancelled: actual cost limit exceeded');
  });

  it('must be readable', async () => {
    const bad = make('Validating', 'bad', {
      variables: [{ name: 'x', expression: '1 +' }],
      validations: [
        { expression: 'objekt.spec == 1' },
        { expression: '"text"', messageExpression: '1' },
      ],
      auditAnnotations: [{ key: 'a', valueExpression: '1' }],
    });
    const { status } = await refused(bad);
    expect(status.details?.causes).toEqual([
      {
        reason: 'FieldValueInvalid',
        field: 'spec.variables[0].expression',
        message: expect.stringContaining('compilation failed: ERROR: <input>:1:4: Syntax error'),
      },
      {
        reason: 'FieldValueInvalid',
        field: 'spec.validations[0].expression',
        message:
          "Invalid value: \"objekt.spec == 1\": compilation failed: ERROR: <input>:1:1: undeclared reference to 'objekt' (in container '')\n | objekt.spec == 1\n | ^",
      },
      {
        reason: 'FieldValueInvalid',
        field: 'spec.validations[1].expression',
        message: 'Invalid value: "\\"text\\"": must evaluate to bool',
      },
      {
        reason: 'FieldValueInvalid',
        field: 'spec.validations[1].messageExpression',
        message: 'Invalid value: "1": must evaluate to string',
      },
      {
        reason: 'FieldValueInvalid',
        field: 'spec.auditAnnotations[0].valueExpression',
        message: 'Invalid value: "1": must evaluate to one of [string null_type]',
      },
    ]);
  });

  it('are told which fields and operators do not fit the kinds that they are about', async () => {
    const rule = { operations: ['*'], apiGroups: ['apps'], apiVersions: ['v1'] };
    await make('Validating', 'odd', {
      matchConstraints: {
        resourceRules: [{ ...rule, resources: ['deployments', 'statefulsets', '*/scale'] }],
      },
      variables: [{ name: 'spec', expression: 'object.spec' }],
      validations: [
        { expression: "variables.spec.replicas > '1'" },
        { expression: 'object.spec.replicas > 1', messageExpression: 'object.spec.serviceName' },
        { expression: 'object.metadata.name.size() > 0 && has(object.spec.template)' },
      ],
    });
    const policies = { ...admission, resource: 'validatingadmissionpolicies' };
    let status: unknown;
    for await (const { object: seen } of client.watch(policies)) {
      status = (seen as UnknownObject).status;
      if (Object.hasOwn(status ?? {}, 'typeChecking')) break;
    }
    const overload = `ERROR: <input>:1:25: found no matching overload for '_>_' applied to '(int, string)'\n | variables.spec.replicas > '1'\n | ........................^`;
    const first = `apps/v1, Kind=Deployment: ${overload}\napps/v1, Kind=StatefulSet: ${overload}`;
    const second = `apps/v1, Kind=Deployment: ERROR: <input>:1:12: undefined field 'serviceName'\n | object.spec.serviceName\n | ...........^`;
    const expressionWarnings = [
      { fieldRef: 'spec.validations[0].expression', warning: first },
      { fieldRef: 'spec.validations[1].messageExpression', warning: second },
    ];
    expect(status).toEqual({ observedGeneration: 1, typeChecking: { expressionWarnings } });
  });

  it('judge even what changes nothing', async () => {
    await client.create(configMaps, configMap('a', { size: '1' }));
    await make('Validating', 'frozen', {
      validations: [{ expression: "request.operation != 'UPDATE'" }],
    });
    const error = await refused(client.patch({ ...configMaps, name: 'a' }, 'merge', {}));
    expect(error.message).toContain("failed expression: request.operation != 'UPDATE'");
  });

  it('judge what a stream is asked for', async () => {
    const rule = { apiGroups: [''], apiVersions: ['v1'], resources: ['pods/exec'] };
    await make('Validating', 'shells', {
      matchConstraints: { resourceRules: [{ ...rule, operations: ['CONNECT'] }] },
      validations: [{ expression: "!('sh' in object.command)", reason: 'Forbidden' }],
    });
    const rest = await restFor(server);
    const exec = async (command: string) => {
      const path = `/api/v1/namespaces/default/pods/a/exec?stdout=true&command=${command}`;
      return (await rest.send(path, { method: 'POST' })).json();
    };
    expect(await exec('sh')).toMatchObject({
      code: 403,
      message: `pods "a" is forbidden: ValidatingAdmissionPolicy 'shells' with binding 'shells' denied request: failed expression: !('sh' in object.command)`,
    });
    expect(await exec('ls')).toMatchObject({ message: 'pods "a" not found' });
    rest.close();
  });
});

describe('mutating policies', () => {
  const apply = (expression: string) => ({
    patchType: 'ApplyConfiguration',
    applyConfiguration: { expression },
  });
  const patch = (expression: string) => ({ patchType: 'JSONPatch', jsonPatch: { expression } });

  it('lay objects over the request, and patch it', async () => {
    await make('Mutating', 'label', {
      mutations: [
        apply(
          'Object{metadata: Object.metadata{labels: {"made-by": request.userInfo.username.split(":")[1]}}}',
        ),
        patch(
          '[JSONPatch{op: "add", path: "/metadata/labels/" + jsonpatch.escapeKey("example.com/seen"), value: object.metadata.labels["made-by"]}]',
        ),
      ],
    });
    const made = await client.create(configMaps, configMap('a', { a: '1' }));
    expect(made).toMatchObject({
      metadata: { labels: { 'made-by': 'apiserver', 'example.com/seen': 'apiserver' } },
      data: { a: '1' },
    });
  });

  it('merge lists by their keys', async () => {
    await make('Mutating', 'sidecar', {
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: [''],
            apiVersions: ['v1'],
            operations: ['CREATE'],
            resources: ['podtemplates'],
          },
        ],
      },
      matchConditions: [
        {
          name: 'once',
          expression: "!object.template.spec.containers.exists(c, c.name == 'mesh')",
        },
      ],
      mutations: [
        apply(
          'Object{template: Object.template{spec: Object.template.spec{containers: [Object.template.spec.containers{name: "mesh", image: "mesh:1"}]}}}',
        ),
      ],
    });
    const templates = { group: '', version: 'v1', resource: 'podtemplates', namespace };
    const made = await client.create(
      templates,
      object('v1', 'PodTemplate', 'a', {
        template: { spec: { containers: [{ name: 'web', image: 'web:1' }] } },
      }),
    );
    const { containers } = (made.template as { spec: { containers: object[] } }).spec;
    expect(containers).toMatchObject([
      { name: 'web', image: 'web:1' },
      { name: 'mesh', image: 'mesh:1', terminationMessagePath: '/dev/termination-log' },
    ]);
  });

  it('that cannot be carried out refuse the request', async () => {
    await make('Mutating', 'wrong', {
      failurePolicy: 'Fail',
      mutations: [patch('[JSONPatch{op: "remove", path: "/nowhere/at/all"}]')],
    });
    const error = await refused(client.create(configMaps, configMap('a')));
    expect(error.message).toContain(
      `configmaps "a" is forbidden: policy 'wrong' with binding 'wrong' denied request: JSON Patch: `,
    );
  });
});
