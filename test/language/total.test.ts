/**
 * Defaults, validation, expressions and warnings judge anything: objects in which any part is of any
 * type, of every kind, made up from its schema. SKIFF_FUZZ_SEED chooses others.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { loadSchemaBundle } from '../../runtime/api/bundle.ts';
import { applyDefaults } from '../../runtime/api/defaults/defaults.ts';
import { checkExpressions } from '../../runtime/api/expressions/check.ts';
import { kinds } from '../../runtime/api/kinds.ts';
import { settleTypes } from '../../runtime/api/mistyped.ts';
import { settleNulls } from '../../runtime/api/nulls.ts';
import { apiVersionOf, type GroupVersionKind, type KubeObject } from '../../runtime/api/object.ts';
import type { Schema } from '../../runtime/api/schema.ts';
import { schemaDirectory } from '../../runtime/api/schema-bundle.case.ts';
import { checkStructure } from '../../runtime/api/structure.ts';
import { validateCreate, validateUpdate } from '../../runtime/api/validation/validate.ts';
import { warningsOnCreate } from '../../runtime/api/warnings/warnings.ts';

const bundle = loadSchemaBundle(schemaDirectory());
const written = kinds.filter(({ verbs }) => verbs.includes('create') && verbs.includes('list'));
const seed = Number(process.env.SKIFF_FUZZ_SEED ?? 7);
const runs = Number(process.env.SKIFF_FUZZ_RUNS ?? 25);

const anyValue = fc.oneof(
  fc.constantFrom<unknown>(null, true, 7, -1, 1.5, '', 'x', 'a b', '10%', [], {}, [[]], [{}]),
  fc.constantFrom<unknown>([null], ['x'], { a: null }, { a: {} }, { name: 7 }, [{ name: [] }]),
);
const words = [
  '',
  'x',
  'A_b',
  '1',
  '80',
  '10Mi',
  '5%',
  '*',
  '-',
  'a.b/c',
  '10.0.0.1',
  '2020-01-01',
];

/** A value of the schema's type nine times out of ten, and of the others the tenth. */
function valueFor(unresolved: Schema, depth: number): fc.Arbitrary<unknown> {
  const schema = bundle.resolve(unresolved);
  const right = rightValue(schema, depth);
  return fc.oneof({ weight: 9, arbitrary: right }, { weight: 1, arbitrary: anyValue });
}

function rightValue(schema: Schema, depth: number): fc.Arbitrary<unknown> {
  const { properties, additionalProperties, items, type, format } = schema;
  if (format === 'quantity' || format === 'int-or-string') {
    return fc.constantFrom<unknown>('1', '2Gi', '-1', '50%', 3, -3, 'x');
  }
  switch (type) {
    case 'string':
      return fc.constantFrom(...words, ...((schema.enum ?? []) as string[]));
    case 'integer':
    case 'number':
      return fc.constantFrom(0, 1, -1, 80, 70_000, 2 ** 40);
    case 'boolean':
      return fc.boolean();
    case 'array':
      if (items === undefined || depth > 9) return fc.constant([]);
      return fc.array(
        fc.constant(items).chain((of) => valueFor(of, depth + 1)),
        { maxLength: 2 },
      );
    case 'object':
      if (depth > 9) return fc.constant({});
      if (properties !== undefined) return objectOf(properties, depth);
      if (typeof additionalProperties !== 'object') return anyValue;
      return fc.dictionary(
        fc.constantFrom(...words.slice(1)),
        valueFor(additionalProperties, depth + 1),
        {
          maxKeys: 2,
        },
      );
    default:
      return anyValue;
  }
}

/** Little is judged of an object without these. */
const central = new Set(['spec', 'template', 'containers', 'devices', 'versions', 'webhooks']);

function objectOf(properties: Readonly<Record<string, Schema>>, depth: number) {
  const names = Object.keys(properties);
  return fc
    .subarray(names, { minLength: 0, maxLength: Math.min(names.length, depth < 3 ? 12 : 6) })
    .map((chosen) => [...new Set([...names.filter((name) => central.has(name)), ...chosen])])
    .chain((chosen) =>
      fc.tuple(
        ...chosen.map((name) =>
          valueFor(properties[name] as Schema, depth + 1).map((value) => [name, value] as const),
        ),
      ),
    )
    .map((entries) => Object.fromEntries(entries));
}

/** As it comes out of the parser and goes into validation. */
function settled(object: Record<string, unknown>, gvk: GroupVersionKind, schema: Schema) {
  // Nothing in it may be shared.
  const copy = JSON.parse(JSON.stringify(object)) as Record<string, unknown>;
  settleNulls(copy, schema, bundle);
  settleTypes(copy, schema, bundle);
  const metadata = { name: 'a', ...(copy.metadata as object | undefined) };
  return { ...copy, apiVersion: apiVersionOf(gvk), kind: gvk.kind, metadata } as KubeObject;
}

it.each(written.map((kind) => [`${apiVersionOf(kind)} ${kind.kind}`, kind] as const))(
  '%s of any shape is judged',
  (_, gvk) => {
    const schema = bundle.forKind(gvk);
    if (schema === undefined) throw new Error('no schema');
    const object = valueFor(schema, 0).filter(
      (value): value is Record<string, unknown> =>
        typeof value === 'object' && value !== null && !Array.isArray(value),
    );
    fc.assert(
      fc.property(object, object, (one, other) => {
        const next = settled(one, gvk, schema);
        const previous = settled(other, gvk, schema);
        expect(checkStructure(next, schema, bundle).filter(isOfType)).toEqual([]);
        for (const each of [next, previous]) {
          applyDefaults(each as never);
          validateCreate(each);
          checkExpressions(each, undefined);
          warningsOnCreate(each, false);
        }
        validateUpdate(next, previous);
        checkExpressions(next, previous);
      }),
      { seed, numRuns: runs },
    );
  },
);

function isOfType({ code }: { code: string }): boolean {
  return code === 'wrong-type';
}
