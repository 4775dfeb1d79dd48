/** What may change in a pod that exists. */
import type { core, Pod } from '../types.ts';
import { validatePodSpec } from './pod.ts';
import { validatePodAnnotationsUpdate } from './pod-annotations.ts';
import type { Problems } from './problems.ts';
import { isRecord, list, record, same } from './values.ts';

const rule =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

export function validatePodUpdate(next: Pod, previous: Pod, problems: Problems): void {
  if (!isRecord(next.spec) || !isRecord(previous.spec)) return;
  validatePodAnnotationsUpdate(next, previous, problems);
  for (const part of ['containers', 'initContainers'] as const) {
    if (list(next.spec[part]).length !== list(previous.spec[part]).length) {
      problems.forbidden(`spec.${part}`, 'pod updates may not add or remove containers');
      return;
    }
  }
  validateDeadline(next.spec, previous.spec, problems);
  validateTolerations(next.spec, previous.spec, problems);
  // As with most changes of pods, which are of their metadata.
  if (same(next.spec, previous.spec)) return;
  validatePodSpec(next.spec, 'spec', problems, { isPod: true });
  const before = comparable(previous.spec, previous.spec);
  const after = comparable(next.spec, previous.spec);
  const changed = Object.keys({ ...before, ...after }).filter(
    (field) => !same(after[field], before[field]),
  );
  if (changed.length > 0) {
    const fields = changed.map((field) => `spec.${field}`).join(', ');
    problems.forbidden('spec', `${rule}\nchanged: ${fields}`);
  }
}

/** The spec without what may change. Where a pod runs, and its ephemeral containers, have doors of their own. */
function comparable(spec: core.PodSpec, previous: core.PodSpec): Record<string, unknown> {
  const {
    activeDeadlineSeconds: _deadline,
    tolerations: _tolerations,
    terminationGracePeriodSeconds: grace,
    schedulingGates: gates,
    ...rest
  } = spec;
  const negativeGrace = (previous.terminationGracePeriodSeconds ?? 0) < 0;
  // A gated pod is not placed yet: gates may go, and where it may run may be narrowed down.
  const gated = list(previous.schedulingGates).length > 0;
  const known = new Set(list(previous.schedulingGates).map(({ name }) => name));
  const { nodeSelector, affinity, ...others } = rest;
  return {
    ...others,
    ...(gated ? {} : { nodeSelector, affinity }),
    terminationGracePeriodSeconds:
      negativeGrace && grace === 1 ? previous.terminationGracePeriodSeconds : grace,
    newGates: list(gates).filter(({ name }) => !known.has(name)),
    containers: list(spec.containers).map(withoutImage),
    initContainers: list(spec.initContainers).map(withoutImage),
  };
}

/** Resources and their resize policy have a subresource of their own. */
function withoutImage(container: core.Container): unknown {
  const { image: _image, ...rest } = record(container) ?? {};
  return rest;
}

function validateDeadline(next: core.PodSpec, previous: core.PodSpec, problems: Problems): void {
  const before = previous.activeDeadlineSeconds;
  if (before === undefined) return;
  const after = next.activeDeadlineSeconds;
  if (after === undefined) {
    problems.invalid(
      'spec.activeDeadlineSeconds',
      null,
      'must not update from a positive integer to nil value',
    );
  } else if (after > before) {
    problems.invalid(
      'spec.activeDeadlineSeconds',
      after,
      'must be less than or equal to previous value',
    );
  }
}

/** Tolerations may be added; of those there are, only the seconds may change. */
function validateTolerations(next: core.PodSpec, previous: core.PodSpec, problems: Problems): void {
  const bare = ({ tolerationSeconds: _seconds, ...rest }: core.Toleration) => rest;
  const after = list(next.tolerations).map(bare);
  const kept = list(previous.tolerations).every((toleration) =>
    after.some((other) => same(other, bare(toleration))),
  );
  if (!kept) {
    problems.forbidden(
      'spec.tolerations',
      'existing toleration can not be modified except its tolerationSeconds',
    );
  }
}
