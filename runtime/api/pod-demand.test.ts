import { describe, expect, it } from 'vitest';
import { heldRequests } from './pod-demand.ts';
import type { Pod } from './types.ts';

/** A pod that asks for 500m, of generation 2. */
function podOf(given: string, observedGeneration: number, pending?: string): Pod {
  return {
    metadata: { name: 'a', generation: 2 },
    spec: { containers: [{ name: 'c', resources: { requests: { cpu: '500m' } } }] },
    status: {
      observedGeneration,
      conditions:
        pending === undefined
          ? []
          : [{ type: 'PodResizePending', status: 'True', reason: pending }],
      containerStatuses: [
        {
          name: 'c',
          allocatedResources: { cpu: given },
          resources: { requests: { cpu: given } },
        },
      ],
    },
  } as unknown as Pod;
}

const held = (...of: Parameters<typeof podOf>) => heldRequests(podOf(...of)).get('cpu');

describe('what a pod holds of its node', () => {
  it('is what it asks for once it has been given that', () => {
    expect(held('500m', 2)).toBe(500);
  });

  it('is the more of both while it grows or shrinks', () => {
    expect(held('100m', 1)).toBe(500);
    expect(held('900m', 1)).toBe(900);
    expect(held('100m', 2, 'Deferred')).toBe(500);
  });

  it('is what it has where it can never have more', () => {
    expect(held('100m', 2, 'Infeasible')).toBe(100);
  });
});
