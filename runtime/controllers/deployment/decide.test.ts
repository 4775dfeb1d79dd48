import { describe, expect, it } from 'vitest';
import type { Deployment, ReplicaSet } from '../../api/types.ts';
import { growNewSet, scaleInProportion, shrinkOldSets } from './decide.ts';

const deployment = (replicas: number, maxSurge: number | string, maxUnavailable: number | string) =>
  ({
    metadata: { name: 'web' },
    spec: { replicas, strategy: { rollingUpdate: { maxSurge, maxUnavailable } } },
  }) as unknown as Deployment;

const set = (name: string, replicas: number, available: number, annotations = {}) =>
  ({
    metadata: { name, annotations, creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { replicas },
    status: { replicas, availableReplicas: available },
  }) as unknown as ReplicaSet;

const sizes = (scalings: { set: ReplicaSet; replicas: number }[]) =>
  Object.fromEntries(scalings.map(({ set: { metadata }, replicas }) => [metadata.name, replicas]));

describe('growNewSet', () => {
  it('fills up to maxSurge above what is wanted', () => {
    const old = set('old', 10, 10);
    expect(sizes(growNewSet(deployment(10, '25%', '25%'), set('new', 0, 0), [old]))).toEqual({
      new: 3,
    });
    expect(growNewSet(deployment(10, 0, 1), set('new', 0, 0), [old])).toEqual([]);
  });
});

describe('shrinkOldSets', () => {
  it('keeps enough available, and takes broken old pods first', () => {
    const fresh = set('new', 3, 0);
    expect(sizes(shrinkOldSets(deployment(10, '25%', '25%'), fresh, [set('old', 10, 10)]))).toEqual(
      {
        old: 8,
      },
    );
    const broken = set('broken', 3, 0);
    expect(
      sizes(shrinkOldSets(deployment(10, 3, 0), set('new', 0, 0), [set('old', 10, 10), broken])),
    ).toEqual({ broken: 0 });
  });

  it('does not move while new pods are not available', () => {
    expect(shrinkOldSets(deployment(3, 1, 0), set('new', 1, 0), [set('old', 3, 3)])).toEqual([]);
  });
});

describe('scaleInProportion', () => {
  const sized = {
    'deployment.kubernetes.io/max-replicas': '13',
    'deployment.kubernetes.io/desired-replicas': '10',
  };

  it('spreads growth over the ReplicaSets as the documentation says: 8 and 5 of 10+3 become 18', () => {
    const old = set('old', 8, 8, sized);
    const fresh = set('new', 5, 0, sized);
    expect(sizes(scaleInProportion(deployment(15, 3, 2), fresh, [old]))).toEqual({
      old: 11,
      new: 7,
    });
  });

  it('takes everything down when nothing is wanted', () => {
    const scalings = scaleInProportion(deployment(0, 3, 2), set('new', 5, 0, sized), [
      set('old', 8, 8, sized),
    ]);
    expect(sizes(scalings)).toEqual({ old: 0, new: 0 });
  });
});
