import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Schema } from './schema.ts';
import { realSchemas } from './schema-bundle.case.ts';
import { checkStructure } from './structure.ts';
import { formatPath } from './structure-problem.ts';

const schemas = realSchemas();
const deployment = schemas.forKind({ group: 'apps', version: 'v1', kind: 'Deployment' }) ?? {};
const plain = { resolve: (schema: Schema) => schema };

function check(value: unknown, schema = deployment, source: typeof plain = schemas) {
  return checkStructure(value, schema, source).map(
    ({ path, code, message }) => `${formatPath(path)}: ${code}: ${message}`,
  );
}

function web(container: object = {}, spec: object = {}) {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'web', image: 'web:1', ...container }] },
      },
      ...spec,
    },
  };
}

describe('checkStructure', () => {
  it('finds nothing wrong with a good object', () => {
    expect(check(web({ resources: { limits: { cpu: 1, memory: '1Gi' } } }))).toEqual([]);
  });

  it('names the nearest field for one that does not exist', () => {
    expect(check(web({ imagepullPolicy: 'Always' }, { replica: 2 }))).toEqual([
      'spec.template.spec.containers[0].imagepullPolicy: unknown-field: ' +
        'Unknown field "imagepullPolicy"; did you mean "imagePullPolicy"?',
      'spec.replica: unknown-field: Unknown field "replica"; did you mean "replicas"?',
    ]);
  });

  it('does not guess when nothing is near', () => {
    expect(check(web({}, { banana: 1 }))).toEqual([
      'spec.banana: unknown-field: Unknown field "banana"',
    ]);
  });

  it('names missing fields where they should be', () => {
    expect(check({ ...web(), spec: { template: {} } })).toEqual([
      'spec.selector: missing: Missing required field "selector"',
    ]);
  });

  it('reports types, enumerations, quantities and ranges', () => {
    const problems = check(
      web(
        {
          command: 'sh',
          imagePullPolicy: 'always',
          resources: { requests: { memory: '1GB' } },
          ports: [{ containerPort: '80' }],
        },
        { replicas: 3_000_000_000 },
      ),
    );
    expect(problems).toEqual([
      'spec.template.spec.containers[0].command: wrong-type: Expected an array, got a string',
      'spec.template.spec.containers[0].imagePullPolicy: enum: "always" is not one of ' +
        '"Always", "IfNotPresent", "Never"; did you mean "Always"?',
      'spec.template.spec.containers[0].resources.requests.memory: format: "1GB" is not a quantity; ' +
        'write a number with an optional unit: 500m, 2, 128Mi, 1.5Gi',
      'spec.template.spec.containers[0].ports[0].containerPort: wrong-type: ' +
        'Expected an integer, got a string',
      'spec.replicas: range: Must be at most 2147483647',
    ]);
  });

  it('takes null for absent', () => {
    expect(check(web({ command: null }, { replicas: null, selector: null }))).toEqual([
      'spec.selector: missing: Missing required field "selector"',
    ]);
  });

  it('takes a name or a number where both are allowed', () => {
    const strategy = (maxSurge: unknown) => ({ strategy: { rollingUpdate: { maxSurge } } });
    expect(check(web({}, strategy('25%')))).toEqual([]);
    expect(check(web({}, strategy(1)))).toEqual([]);
    expect(check(web({}, strategy(true)))).toHaveLength(1);
  });

  it('checks dates and bytes', () => {
    const secret = schemas.forKind({ group: '', version: 'v1', kind: 'Secret' }) ?? {};
    const object = {
      metadata: { name: 'a', creationTimestamp: 'yesterday' },
      data: { good: 'aGk=', bad: 'not base64!' },
    };
    expect(check(object, secret)).toEqual([
      'metadata.creationTimestamp: format: "yesterday" is not a moment in RFC 3339, ' +
        'such as 2026-01-31T12:00:00Z',
      'data.bad: format: The value must be encoded in base64',
    ]);
  });

  it('reads the schemas of custom resources', () => {
    const schema: Schema = {
      type: 'object',
      properties: {
        spec: {
          type: 'object',
          properties: {
            size: { type: 'integer', minimum: 1, maximum: 5 },
            name: { type: 'string', pattern: '^[a-z]+$', maxLength: 5 },
            port: { 'x-kubernetes-int-or-string': true },
            extra: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
          },
          anyOf: [{ required: ['size'] }, { required: ['name'] }],
        },
      },
    };
    const object = (spec: object) => ({ apiVersion: 'a/v1', kind: 'B', metadata: {}, spec });
    expect(check(object({ size: 3, port: 'http', extra: { any: 1 } }), schema, plain)).toEqual([]);
    expect(check(object({ size: 9, name: 'TOOLONG' }), schema, plain)).toEqual([
      'spec.size: range: Must be at most 5',
      'spec.name: range: Must be at most 5 characters long',
      'spec.name: format: Must match ^[a-z]+$',
    ]);
    expect(check(object({ port: 1 }), schema, plain)).toEqual([
      'spec: combination: The value must match one of the schemas in anyOf',
    ]);
  });

  it('ends on values that contain themselves', () => {
    const crd = schemas.definition(
      'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps',
    );
    const loop: { not?: unknown } = {};
    loop.not = loop;
    expect(check(loop, crd)).toEqual([]);
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (spec, metadata) => {
        checkStructure({ spec, metadata }, deployment, schemas);
      }),
    );
  });
});
