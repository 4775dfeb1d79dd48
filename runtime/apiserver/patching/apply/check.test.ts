import { expect, test } from 'vitest';
import { realSchemas } from '../../../api/schema-bundle.case.ts';
import { printProblems, typedProblems } from './check.ts';

const schemas = realSchemas();
const schema = schemas.forKind({ group: 'apps', version: 'v1', kind: 'Deployment' });
const problemsOf = (spec: object, metadata: unknown = { name: 'd' }) =>
  typedProblems({ apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec }, schema, schemas);
const container = (fields: object) => ({
  template: { spec: { containers: [{ name: 'c', image: 'x', ...fields }] } },
});
const c = '.spec.template.spec.containers[name="c"]';

// As kube-apiserver answers them.
test.each([
  [{ foo: 1 }, '.spec.foo: field not declared in schema'],
  [{ replicas: 'x' }, '.spec.replicas: expected numeric (int or float), got string'],
  [{ paused: [1] }, '.spec.paused: expected boolean, got &{[1]}'],
  [{ selector: 'x' }, '.spec.selector: expected map, got &{x}'],
  [{ template: ['x', { b: 'q', a: 1 }] }, '.spec.template: expected map, got &{[x map[a:1 b:q]]}'],
  [
    container({ image: { b: { c: 'x' }, a: 1 } }),
    `${c}.image: expected string, got &value.valueUnstructured{Value:map[string]interface {}{"a":1, "b":map[string]interface {}{"c":"x"}}}`,
  ],
  [
    container({ ports: { c: [1, { d: null }] } }),
    `${c}.ports: expected list, got &{map[c:[1 map[d:<nil>]]]}`,
  ],
  [
    container({ ports: [{ containerPort: 80 }, { containerPort: 80, protocol: 'TCP' }] }),
    `${c}.ports: duplicate entries for key [containerPort=80,protocol="TCP"]`,
  ],
  [
    container({ ports: [null] }),
    `${c}.ports: element 0: associative list with keys may not have a null element`,
  ],
  [
    container({ ports: ['x'] }),
    `${c}.ports: element 0: associative list with keys may not have non-map elements`,
  ],
  [
    container({ ports: [{ protocol: 'UDP' }] }),
    `${c}.ports: element 0: associative list with keys has an element that omits key field "containerPort" (and doesn't have default value)`,
  ],
  [
    container({ ports: [{ containerPort: 80, foo: 1 }] }),
    `${c}.ports[containerPort=80,protocol="TCP"].foo: field not declared in schema`,
  ],
  [
    container({ args: ['a', 1] }),
    `${c}.args[1]: expected string, got &value.valueUnstructured{Value:1}`,
  ],
  [
    container({ livenessProbe: { httpGet: { port: {} } } }),
    `${c}.livenessProbe.httpGet.port: expected any scalar, got &{map[]}`,
  ],
])('%j', (spec, problem) => {
  expect(problemsOf(spec)).toEqual([problem]);
});

test.each([
  [{ finalizers: ['a/b', 'a/b'] }, '.metadata.finalizers: duplicate entries for key [="a/b"]'],
  [
    { finalizers: [{}] },
    ".metadata.finalizers: element 0: associative list without keys has an element that's a map type",
  ],
  [
    { finalizers: [['x']] },
    '.metadata.finalizers: element 0: not supported: associative list with lists as elements',
  ],
  [
    { finalizers: [null] },
    ".metadata.finalizers: element 0: associative list without keys has an element that's an explicit null",
  ],
  [
    { finalizers: [5] },
    '.metadata.finalizers[=5]: expected string, got &value.valueUnstructured{Value:5}',
  ],
  ['x', '.metadata: expected map, got &{x}'],
])('metadata %j', (metadata, problem) => {
  expect(problemsOf({}, metadata)).toEqual([problem]);
});

test('takes what the original takes: nothing where something may be, amounts as numbers', () => {
  const limits = { cpu: 1.5, memory: '1Gi' };
  expect(problemsOf(container({ resources: { limits }, env: null }), null)).toEqual([]);
  expect(problemsOf({ replicas: 1.5, strategy: null })).toEqual([]);
});

test('tells several problems below a heading', () => {
  const problems = problemsOf({ replicas: 'x', paused: 5 });
  expect(printProblems(problems)).toBe(
    'errors:\n  .spec.replicas: expected numeric (int or float), got string\n  .spec.paused: expected boolean, got &{5}',
  );
});

test('below what preserves unknown fields nothing is unknown', () => {
  const inner = { type: 'object', properties: { b: { type: 'string' } } } as const;
  const closed = { type: 'object', properties: { a: inner } } as const;
  const open = { ...closed, 'x-kubernetes-preserve-unknown-fields': true };
  const value = { a: { c: 1 }, d: { e: [1] } };
  expect(typedProblems(value, open, schemas)).toEqual([]);
  expect(typedProblems(value, closed, schemas)).toEqual([
    '.a.c: field not declared in schema',
    '.d: field not declared in schema',
  ]);
  expect(typedProblems({ a: { b: 1 } }, open, schemas)).toEqual([
    '.a.b: expected string, got &value.valueUnstructured{Value:1}',
  ]);
});
