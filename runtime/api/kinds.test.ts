import { describe, expect, it } from 'vitest';
import { findKind, findResource, kinds } from './kinds.ts';

describe('kinds', () => {
  it('finds a kind by group, version and kind, and by its plural', () => {
    const deployment = findKind({ group: 'apps', version: 'v1', kind: 'Deployment' });
    expect(deployment).toMatchObject({ resource: 'deployments', shortNames: ['deploy'] });
    expect(findResource('apps', 'v1', 'deployments')).toBe(deployment);
    expect(findResource('', 'v1', 'deployments')).toBeUndefined();
  });

  it('has no plural, kind or short name twice in one group and version', () => {
    const seen = new Set<string>();
    for (const { group, version, kind, resource, shortNames } of kinds) {
      for (const name of new Set([kind, resource, ...shortNames])) {
        const key = `${group}/${version} ${name}`;
        expect(seen, key).not.toContain(key);
        seen.add(key);
      }
    }
  });

  it('lists for `kubectl get all` what the original lists', () => {
    const names = kinds.filter((kind) => kind.categories.includes('all'));
    expect(new Set(names.map((kind) => kind.resource))).toEqual(
      new Set([
        'pods',
        'services',
        'replicationcontrollers',
        'daemonsets',
        'deployments',
        'replicasets',
        'statefulsets',
        'horizontalpodautoscalers',
        'jobs',
        'cronjobs',
      ]),
    );
  });

  it('names the body of subresources that take another kind', () => {
    const pod = findResource('', 'v1', 'pods');
    const eviction = pod?.subresources.find((subresource) => subresource.name === 'eviction');
    expect(eviction?.kind).toEqual({ group: 'policy', version: 'v1', kind: 'Eviction' });
  });
});
