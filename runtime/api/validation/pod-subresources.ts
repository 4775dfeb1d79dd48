/** What writes to the subresources of pods may change. */
import { qosClassOf } from '../qos.ts';
import type { StatusCause } from '../status.ts';
import type { core, Pod } from '../types.ts';
import { validateMetadataUpdate } from './metadata.ts';
import { validatePodSpec } from './pod.ts';
import { Problems } from './problems.ts';
import { indexed, isRecord, list, same } from './values.ts';

const resizable = new Set(['cpu', 'memory']);

/**
 * What is wrong with a pod of changed resources, by itself and as a change from `previous`: processor and
 * memory may go up and down, but requests and limits stay where they are, and so does the pod's class.
 * https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/#limitations
 */
export function validatePodResize(next: Pod, previous: Pod): StatusCause[] {
  const problems = new Problems();
  validateMetadataUpdate(next, previous, problems);
  if (!isRecord(next.spec) || !isRecord(previous.spec)) return problems.causes;
  validatePodSpec(next.spec, 'spec', problems);
  const qos = qosClassOf(previous.spec);
  if (qosClassOf(next.spec) !== qos) {
    const why = 'Pod QOS Class may not change as a result of resizing';
    problems.invalid('spec', previous.status?.qosClass ?? qos, why);
  }
  for (const part of ['initContainers', 'containers'] as const) {
    const before = list(previous.spec[part]);
    for (const [i, container] of indexed(next.spec[part])) {
      const field = `spec.${part}[${i}].resources`;
      validateChange(container.resources, before[i]?.resources, field, problems);
    }
  }
  return problems.causes;
}

/** What is wrong with a pod that has got further ephemeral containers; that others stay is seen to before. */
export function validateEphemeralContainers(next: Pod): StatusCause[] {
  const problems = new Problems();
  if (isRecord(next.spec)) validatePodSpec(next.spec, 'spec', problems);
  return problems.causes;
}

function validateChange(
  next: core.ResourceRequirements = {},
  previous: core.ResourceRequirements = {},
  field: string,
  problems: Problems,
): void {
  for (const side of ['requests', 'limits'] as const) {
    const removed = Object.keys(previous[side] ?? {}).some(
      (name) => next[side]?.[name] === undefined,
    );
    if (removed) problems.forbidden(`${field}.${side}`, `resource ${side} cannot be removed`);
  }
  if (!same(fixedPart(next), fixedPart(previous))) {
    problems.forbidden('spec', 'only cpu and memory resources are mutable');
  }
}

/** Everything but processor and memory. */
function fixedPart({ requests, limits, ...rest }: core.ResourceRequirements): unknown {
  const others = (amounts: Readonly<Record<string, string>> = {}) =>
    Object.fromEntries(Object.entries(amounts).filter(([name]) => !resizable.has(name)));
  return { ...rest, requests: others(requests), limits: others(limits) };
}
