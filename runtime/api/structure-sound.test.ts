import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { realSchemas } from './schema-bundle.case.ts';
import { walkStructure } from './structure.ts';
import { isSound, isSoundAndFilled } from './structure-sound.ts';

const schemas = realSchemas();
const podSchema = schemas.forKind({ group: '', version: 'v1', kind: 'Pod' }) ?? {};

const pod = () => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'web',
    labels: { app: 'web' },
    creationTimestamp: '2026-01-01T00:00:00Z',
    managedFields: [{ manager: 'kubectl', fieldsV1: { 'f:spec': {} } }],
  },
  spec: {
    containers: [
      {
        name: 'main',
        image: 'none',
        env: [{ name: 'A', value: 'b' }],
        ports: [{ containerPort: 80, protocol: 'TCP' }],
        livenessProbe: { httpGet: { port: 'http' }, periodSeconds: 5 },
        resources: { requests: { cpu: '10m', memory: '16Mi' } },
        stdin: true,
      },
    ],
    tolerations: [{ key: 'a', tolerationSeconds: 300 }],
  },
});

/** Every place in a value, as the path to it. */
function places(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (value === null || typeof value !== 'object') return [path];
  const below = Object.entries(value).flatMap(([name, child]) => places(child, [...path, name]));
  return [path, ...below];
}

function replaced(value: unknown, [first, ...rest]: (string | number)[], by: unknown): unknown {
  if (first === undefined) return by;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as never;
  return Object.assign(copy, { [first]: replaced((value as never)[first], rest, by) });
}

describe('isSound', () => {
  it('lets what is in order pass', () => {
    expect(isSound(pod(), podSchema, schemas)).toBe(true);
  });

  it('agrees with the walk whatever stands anywhere', () => {
    const values = fc.oneof(
      fc.constantFrom(null, true, '', 'x', '1Gi', '1e3', '-1', 7, -3, 1.5, 2 ** 40, [], {}),
      fc.constantFrom([null], [{}], [{ name: 'n' }], { a: 'b' }, { a: 1 }, { unheard: {} }),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(fc.constantFrom(...places(pod())), values, (path, value) => {
        const body = replaced(pod(), path, value);
        expect(isSound(body, podSchema, schemas)).toBe(
          walkStructure(body, podSchema, schemas).length === 0,
        );
      }),
      { numRuns: 2000 },
    );
  });

  it('sees nulls where they have to be settled', () => {
    const body = { ...pod(), metadata: { name: 'web', labels: null } };
    expect(isSound(body, podSchema, schemas)).toBe(true);
    expect(isSoundAndFilled(body, podSchema, schemas)).toBe(false);
    expect(isSoundAndFilled(pod(), podSchema, schemas)).toBe(true);
    expect(isSound(body, podSchema, schemas)).toBe(true);
  });

  it('leaves combinations and what nests too deep to the walk', () => {
    const plain = { resolve: <T>(schema: T) => schema };
    const either = { anyOf: [{ type: 'string' as const }, { type: 'integer' as const }] };
    expect(isSound('a', either, plain)).toBe(false);
    const endless: { self?: unknown } = {};
    endless.self = endless;
    const self: { type: 'object'; properties: Record<string, object> } = {
      type: 'object',
      properties: {},
    };
    self.properties.self = self;
    expect(isSound(endless, self, plain)).toBe(false);
  });
});
