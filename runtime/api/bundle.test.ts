import { describe, expect, it } from 'vitest';
import { loadSchemaBundle } from './bundle.ts';
import { findKind, kinds } from './kinds.ts';
import type { Schema } from './schema.ts';
import { realSchemas, schemaDirectory } from './schema-bundle.case.ts';
import { referenceOf, refName } from './schema-resolve.ts';

const core = (kind: string) => ({ group: '', version: 'v1', kind });

/** Follows property names from a kind's schema, into lists and maps. */
function at(schema: Schema | undefined, ...path: string[]): Schema {
  const source = realSchemas();
  let current = source.resolve(schema ?? {});
  for (const name of path) {
    const next = current.properties?.[name] ?? {};
    current = source.resolve(next);
    if (current.items !== undefined && name !== path.at(-1))
      current = source.resolve(current.items);
  }
  return current;
}

describe('loadSchemaBundle', () => {
  const schemas = realSchemas();

  it('has a schema for every built-in kind', () => {
    const missing = kinds.filter((kind) => schemas.forKind(kind) === undefined);
    expect(missing).toEqual([]);
  });

  it('has every kind that subresources take', () => {
    const bodies = kinds.flatMap((kind) => kind.subresources).flatMap(({ kind }) => kind ?? []);
    const missing = bodies.filter(
      // Options travel in the query, not in a body.
      (kind) => !kind.kind.endsWith('Options') && schemas.forKind(kind) === undefined,
    );
    expect(missing).toEqual([]);
  });

  it('resolves every reference of every definition', () => {
    const broken: string[] = [];
    const visit = (schema: Schema, where: string): void => {
      const reference = referenceOf(schema);
      if (reference !== undefined && schemas.definition(refName(reference)) === undefined) {
        broken.push(`${where} → ${reference}`);
      }
      for (const [name, child] of Object.entries(schema.properties ?? {})) {
        visit(child, `${where}.${name}`);
      }
      if (schema.items !== undefined) visit(schema.items, `${where}[]`);
      if (typeof schema.additionalProperties === 'object') {
        visit(schema.additionalProperties, `${where}{}`);
      }
    };
    for (const name of schemas.definitionNames()) visit(schemas.definition(name) ?? {}, name);
    expect(broken).toEqual([]);
  });

  it('knows how a pod is merged', () => {
    const pod = schemas.forKind(core('Pod'));
    expect(at(pod, 'spec', 'containers', 'ports')).toMatchObject({
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['containerPort', 'protocol'],
      'x-kubernetes-patch-merge-key': 'containerPort',
    });
    expect(at(pod, 'spec', 'nodeSelector')['x-kubernetes-map-type']).toBe('atomic');
    expect(at(pod, 'metadata', 'finalizers')['x-kubernetes-list-type']).toBe('set');
  });

  it('keeps what stands beside a reference', () => {
    const deployment = schemas.forKind({ group: 'apps', version: 'v1', kind: 'Deployment' });
    const strategy = at(deployment, 'spec', 'strategy');
    expect(strategy['x-kubernetes-patch-strategy']).toBe('retainKeys');
    expect(Object.keys(strategy.properties ?? {})).toEqual(['rollingUpdate', 'type']);
  });

  it('knows enumerations and required fields', () => {
    const service = schemas.forKind(core('Service'));
    expect(at(service, 'spec', 'type').enum).toContain('LoadBalancer');
    const pod = schemas.forKind(core('Pod'));
    expect(at(pod, 'spec').required).toEqual(['containers']);
    expect(at(pod, 'spec', 'restartPolicy').description).toMatch(/Restart policy/);
  });

  it('answers undefined for what it does not know', () => {
    expect(schemas.forKind(core('Widget'))).toBeUndefined();
    expect(schemas.definition('toString')).toBeUndefined();
    expect(findKind(core('toString'))).toBeUndefined();
  });

  it('opens in milliseconds', () => {
    // The best of several, so that nothing else that the machine does is counted.
    const tries = Array.from({ length: 5 }, () => {
      const started = performance.now();
      loadSchemaBundle(schemaDirectory()).forKind(core('Pod'));
      return performance.now() - started;
    });
    expect(Math.min(...tries)).toBeLessThan(100);
  });

  it('says how to make a bundle that is not there', () => {
    expect(() => loadSchemaBundle('/nowhere')).toThrow(/npm run build/);
  });
});
