import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFields } from '../../protobuf/reader.ts';
import { type Rest, restFor } from '../../testing/rest.ts';
import { startTestServer, type TestServer } from '../../testing/test-server.ts';
import { definitionOfVersion2 } from './v2-schema.ts';

const binary = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';

describe('the document of version 2', () => {
  let server: TestServer;
  let rest: Rest;
  beforeAll(async () => {
    server = await startTestServer();
    rest = await restFor(server);
  });
  afterAll(async () => {
    rest.close();
    await server.close();
  });

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

  it('is there in the binary form with the same definitions and paths', async () => {
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
