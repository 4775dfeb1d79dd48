import { describe, expect, it } from 'vitest';
import { qosClassOf } from './qos.ts';
import type { core } from './types.ts';

const both = { cpu: '1', memory: '1Gi' };
const podWith = (resources: core.ResourceRequirements) => ({
  containers: [{ name: 'app', resources }],
});

describe('quality of service', () => {
  it.each<[string, core.ResourceRequirements]>([
    ['BestEffort', {}],
    ['BestEffort', { limits: { cpu: '0' } }],
    ['Burstable', { requests: { cpu: '1' } }],
    ['Burstable', { limits: { cpu: '1' } }],
    ['Burstable', { limits: both, requests: { ...both, cpu: '500m' } }],
    ['Guaranteed', { limits: both }],
    ['Guaranteed', { limits: both, requests: { cpu: '1000m', memory: '1024Mi' } }],
  ])('is %s by %j', (expected, resources) => {
    expect(qosClassOf(podWith(resources))).toBe(expected);
  });

  it('counts init containers, unless the pod as a whole says what it needs', () => {
    const spec = { ...podWith({ limits: both }), initContainers: [{ name: 'first' }] };
    expect(qosClassOf(spec)).toBe('Burstable');
    expect(qosClassOf({ ...spec, resources: { limits: both } })).toBe('Guaranteed');
  });
});
