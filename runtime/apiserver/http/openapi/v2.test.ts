import { describe, expect, it } from 'vitest';
import { readFields } from '../../protobuf/reader.ts';
import { useRest } from '../../testing/use-server.ts';
import { definitionOfVersion2 } from './v2-schema.ts';

const binary = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
const binary3 = 'application/com.github.proto-openapi.spec.v3.v1.0+protobuf';

describe('the document', () => {
  const { rest } = useRest();

  /** The values of fields at a path of field numbers; strings as text. */
  const at = (bytes: Uint8Array, ...path: number[]): Uint8Array[] => {
    const [number, ...rest] = path;
    const values = [...readFields(bytes)]
      .filter((field) => field.number === number && typeof field.value !== 'number')
      .map(({ value }) => value as Uint8Array);
    return rest.length === 0 ? values : values.flatMap((value) => at(value, ...rest));
  };
  const texts = (bytes: Uint8Array, ...path: number[]) =>
    at(bytes, ...path).map((value) => Buffer.from(value).toString());
  const named = (entries: Uint8Array[], name: string): Uint8Array => {
    const entry = entries.find((one) => texts(one, 1)[0] === name);
    if (entry === undefined) throw new Error(`there is no ${name}`);
    return at(entry, 2)[0] ?? new Uint8Array();
  };

  it('of version 3 is there in the binary form with the same schemas and paths', async () => {
    const path = '/openapi/v3/api/v1';
    const answer = await rest.send(path, { headers: { accept: binary3 } });
    expect(answer.code).toBe(200);
    expect(answer.headers['content-type']).toBe(binary3);
    const json = (await rest.send(path)).json() as {
      components: { schemas: object };
      paths: object;
    };
    expect(texts(answer.body, 1)).toEqual(['3.0.0']);
    expect(texts(answer.body, 2, 1)).toEqual(['Kubernetes']);
    expect(texts(answer.body, 4, 1, 1)).toEqual(Object.keys(json.paths));
    const schemas = at(answer.body, 5, 1, 1);
    expect(schemas.map((one) => texts(one, 1)[0])).toEqual(Object.keys(json.components.schemas));

    const [port = new Uint8Array()] = at(named(schemas, 'io.k8s.api.core.v1.ServicePort'), 1);
    expect(texts(port, 25)).toEqual(['object']);
    expect(texts(port, 23)).toEqual(['port']);
    const target = named(at(port, 31, 1), 'targetPort');
    const intOrString = '#/components/schemas/io.k8s.apimachinery.pkg.util.intstr.IntOrString';
    expect([...texts(target, 2, 1), ...texts(target, 1, 26, 2, 1)]).toEqual([intOrString]);
    const pods = named(at(answer.body, 4, 1), '/api/v1/namespaces/{namespace}/pods');
    const [create = new Uint8Array()] = at(pods, 6);
    expect(texts(create, 5)).toEqual(['createCoreV1NamespacedPod']);
    const pod = '#/components/schemas/io.k8s.api.core.v1.Pod';
    const ofBody = named(at(create, 7, 1, 2, 1), 'application/json');
    expect(texts(ofBody, 1, 2, 1)).toEqual([pod]);
    const created = named(at(create, 8, 2), '201');
    expect(texts(named(at(created, 1, 3, 1), 'application/json'), 1, 2, 1)).toEqual([pod]);
  });

  it.each([
    [`${binary3}, application/json`, binary3],
    [`application/json,${binary3}`, 'application/json'],
    [`application/json;q=0.9,${binary3}`, binary3],
    [binary, undefined],
  ])('asked for as %s is told as %s', async (accept, type) => {
    const answer = await rest.send('/openapi/v3/apis/apps/v1', { headers: { accept } });
    expect(answer.code).toBe(type === undefined ? 406 : 200);
    expect(answer.headers['content-type']).toBe(type);
  });

  it('of version 2 is there in the binary form with the same definitions and paths', async () => {
    const answer = await rest.send('/openapi/v2', { headers: { accept: binary } });
    expect(answer.code).toBe(200);
    const json = (await rest.send('/openapi/v2')).json() as {
      definitions: Record<string, { description?: string; properties?: object }>;
      paths: object;
    };
    expect(texts(answer.body, 1)).toEqual(['2.0']);
    expect(texts(answer.body, 8, 2, 1)).toEqual(Object.keys(json.paths));
    const definitions = at(answer.body, 9, 1);
    expect(definitions.map((one) => texts(one, 1)[0])).toEqual(Object.keys(json.definitions));

    const port = named(definitions, 'io.k8s.api.core.v1.ServicePort');
    expect(texts(port, 22, 1)).toEqual(['object']);
    expect(texts(port, 19)).toEqual(['port']);
    const target = named(at(port, 25, 1), 'targetPort');
    expect(texts(target, 1)).toEqual([
      '#/definitions/io.k8s.apimachinery.pkg.util.intstr.IntOrString',
    ]);
    const pod = named(definitions, 'io.k8s.api.core.v1.Pod');
    const kinds = named(at(pod, 31), 'x-kubernetes-group-version-kind');
    expect(JSON.parse(texts(kinds, 2)[0] ?? '')).toEqual([
      { group: '', kind: 'Pod', version: 'v1' },
    ]);
  });

  it('keeps fields whose names are words of schemas', async () => {
    const { definitions } = (await rest.send('/openapi/v2')).json() as {
      definitions: Record<string, { properties: object }>;
    };
    const props =
      definitions['io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps'];
    expect(Object.keys(props?.properties ?? {})).toEqual(
      expect.arrayContaining(['allOf', 'anyOf', 'oneOf', 'not', 'nullable', 'default']),
    );
  });
});

describe('schemas of version 2', () => {
  it('leave open what older clients would misread', () => {
    const any = { 'x-kubernetes-preserve-unknown-fields': true };
    expect(
      definitionOfVersion2({
        type: 'object',
        required: ['maybe', 'list'],
        properties: {
          nested: { ...any, type: 'object', properties: { a: { type: 'string' } } },
          maybe: { nullable: true, type: 'string' },
          list: { type: 'array' },
          amount: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }] },
          other: { allOf: [{ $ref: '#/components/schemas/Other' }], default: {} },
        },
      }),
    ).toEqual({
      type: 'object',
      required: ['list'],
      properties: {
        nested: any,
        maybe: {},
        list: {},
        amount: { 'x-kubernetes-int-or-string': true },
        other: { $ref: '#/definitions/Other' },
      },
    });
  });

  it('say nothing of the fields of a kind that keeps unknown ones', () => {
    const gvk = { 'x-kubernetes-group-version-kind': [{ group: 'g', version: 'v', kind: 'K' }] };
    expect(
      definitionOfVersion2({
        type: 'object',
        'x-kubernetes-preserve-unknown-fields': true,
        properties: { spec: { type: 'object' } },
        ...gvk,
      }),
    ).toEqual({ type: 'object', ...gvk });
  });
});
