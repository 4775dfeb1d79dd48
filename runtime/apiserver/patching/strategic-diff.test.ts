import fc from 'fast-check';
import { expect, test } from 'vitest';
import { strategicMergePatch } from './strategic.ts';
import { deploymentSchema, frozen, testSchemas } from './testing/schemas.ts';

type Json = Record<string, unknown>;

/** Lists that merge, and the key of their elements; all others are taken whole. */
const mergeKeys: Readonly<Record<string, string>> = { containers: 'name', ports: 'containerPort' };

/** The patch that clients send to get from one object to another, as kubectl makes it. */
function diff(before: Json, after: Json): Json {
  const patch: Json = {};
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [old, next] = [before[name], after[name]];
    if (JSON.stringify(old) === JSON.stringify(next)) continue;
    const key = mergeKeys[name];
    if (next === undefined) patch[name] = null;
    else if (key !== undefined && Array.isArray(old) && Array.isArray(next)) {
      Object.assign(patch, diffElements(name, key, old as Json[], next as Json[]));
    } else if (isMap(old) && isMap(next)) patch[name] = diff(old, next);
    else patch[name] = next;
  }
  return patch;
}

function diffElements(name: string, key: string, before: Json[], after: Json[]): Json {
  const old = new Map(before.map((element) => [element[key], element]));
  const changes = after.flatMap((element) => {
    const change = diff(old.get(element[key]) ?? {}, element);
    return Object.keys(change).length === 0 ? [] : [{ ...change, [key]: element[key] }];
  });
  const kept = new Set(after.map((element) => element[key]));
  const gone = before
    .filter((element) => !kept.has(element[key]))
    .map((element) => ({ [key]: element[key], $patch: 'delete' }));
  return {
    [`$setElementOrder/${name}`]: after.map((element) => ({ [key]: element[key] })),
    [name]: [...changes, ...gone],
  };
}

function isMap(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const word = fc.constantFrom('1', '2', '3');
const maybe = { requiredKeys: [] };
const labels = fc.dictionary(fc.constantFrom('a', 'b', 'c'), word, { noNullPrototype: true });
const port = fc.record({ containerPort: fc.constantFrom(80, 81, 82), name: word });
const container = fc.record(
  {
    name: fc.constantFrom('a', 'b', 'c', 'd'),
    image: word,
    args: fc.array(word, { maxLength: 3 }),
    ports: fc.uniqueArray(port, { selector: (each) => each.containerPort, minLength: 1 }),
  },
  { requiredKeys: ['name'] },
);
const containers = fc.uniqueArray(container, { selector: ({ name }) => name, minLength: 1 });
const deployment = fc.record(
  {
    metadata: fc.record({ name: fc.constant('web'), labels }, maybe),
    spec: fc.record(
      {
        replicas: fc.nat(3),
        paused: fc.boolean(),
        strategy: fc.record({ type: word }, maybe),
        template: fc.record({ spec: fc.record({ containers }) }),
      },
      maybe,
    ),
  },
  { requiredKeys: ['metadata', 'spec'] },
);

test('the difference of two objects, as a patch of the one, gives the other', () => {
  fc.assert(
    fc.property(deployment, deployment, (before, after) => {
      const patch = frozen(diff(before, after));
      const patched = strategicMergePatch(frozen(before), patch, deploymentSchema, testSchemas);
      expect(patched).toEqual(after);
      expect(strategicMergePatch(frozen(patched), patch, deploymentSchema, testSchemas)).toEqual(
        after,
      );
    }),
    { numRuns: 500 },
  );
});
