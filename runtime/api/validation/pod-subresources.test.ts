import { describe, expect, it } from 'vitest';
import type { core, Pod } from '../types.ts';
import { validateEphemeralContainers, validatePodResize } from './pod-subresources.ts';

const burstable = {
  requests: { cpu: '100m', memory: '32Mi' },
  limits: { cpu: '200m', memory: '64Mi' },
};

function podOf(resources: core.ResourceRequirements): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'default', uid: 'u', creationTimestamp: '' },
    spec: { containers: [{ name: 'c', image: 'x:1', resources }], restartPolicy: 'Always' },
    status: { qosClass: 'Burstable' },
  } as unknown as Pod;
}

const problemsOf = (next: core.ResourceRequirements, previous = burstable) =>
  validatePodResize(podOf(next), podOf(previous)).map(
    ({ field, message }) => `${field}: ${message}`,
  );

describe('a resize of a pod', () => {
  it('may raise and lower processor and memory', () => {
    const larger = {
      requests: { cpu: '150m', memory: '16Mi' },
      limits: { cpu: '1', memory: '1Gi' },
    };
    expect(problemsOf(larger)).toEqual([]);
  });

  it('keeps the class of the pod', () => {
    expect(problemsOf({ requests: burstable.limits, limits: burstable.limits })).toEqual([
      'spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing',
    ]);
  });

  it('removes neither requests nor limits', () => {
    expect(problemsOf({ requests: { cpu: '100m' }, limits: { cpu: '200m' } })).toEqual([
      'spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed',
      'spec.containers[0].resources.limits: Forbidden: resource limits cannot be removed',
    ]);
  });

  it('changes nothing else', () => {
    const requests = { ...burstable.requests, 'ephemeral-storage': '1Gi' };
    expect(problemsOf({ ...burstable, requests })).toEqual([
      'spec: Forbidden: only cpu and memory resources are mutable',
    ]);
  });

  it('must make sense by itself', () => {
    const requests = { cpu: '300m', memory: '32Mi' };
    expect(problemsOf({ ...burstable, requests })).toEqual([
      'spec.containers[0].resources.requests: Invalid value: "300m": must be less than or equal to cpu limit of 200m',
    ]);
  });
});

describe('an ephemeral container', () => {
  it('has a name of its own, an image, and nothing that containers need for a longer life', () => {
    const pod = podOf(burstable);
    const wrong = [
      { name: 'c', image: 'x:1' },
      { name: 'look' },
      { name: 'see', image: 'x:1', ports: [{ containerPort: 80 }], targetContainerName: 'nobody' },
    ];
    const spec = { ...pod.spec, ephemeralContainers: wrong } as core.PodSpec;
    expect(
      validateEphemeralContainers({ ...pod, spec }).map(
        ({ field, message }) => `${field}: ${message}`,
      ),
    ).toEqual([
      'spec.ephemeralContainers[0].name: Duplicate value: "c"',
      'spec.ephemeralContainers[1].image: Required value',
      'spec.ephemeralContainers[2].ports: Forbidden: cannot be set for an Ephemeral Container',
      'spec.ephemeralContainers[2].targetContainerName: Not found: "nobody"',
    ]);
  });
});
