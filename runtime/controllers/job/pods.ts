/** A Job's pods: how they are made and what has become of them. Pure. */
import type { Job, Pod } from '../../api/types.ts';
import { type PodDraft, podFromTemplate } from '../kit/pod-control.ts';

export const trackingFinalizer = 'batch.kubernetes.io/job-tracking';
export const indexAnnotation = 'batch.kubernetes.io/job-completion-index';
const indexVariable = 'JOB_COMPLETION_INDEX';

export function isIndexed(job: Job): boolean {
  return job.spec.completionMode === 'Indexed';
}

export function indexOf(pod: Pod): number {
  const text = pod.metadata.annotations?.[indexAnnotation];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : -1;
}

export function isTracked(pod: Pod): boolean {
  return (pod.metadata.finalizers ?? []).includes(trackingFinalizer);
}

/** Pods on their way out are replaced only when they are gone, if the Job says so. */
export function replacesOnlyFailed(job: Job): boolean {
  const spec = job.spec as { podReplacementPolicy?: string };
  return spec.podReplacementPolicy === 'Failed' || job.spec.podFailurePolicy !== undefined;
}

export type Fate = 'active' | 'leaving' | 'succeeded' | 'failed';

export function fateOf(job: Job, pod: Pod): Fate {
  const { phase } = pod.status ?? {};
  if (phase === 'Succeeded') return 'succeeded';
  if (phase === 'Failed') return 'failed';
  if (pod.metadata.deletionTimestamp === undefined) return 'active';
  return replacesOnlyFailed(job) ? 'leaving' : 'failed';
}

export type FailureAction = 'Count' | 'Ignore' | 'FailIndex' | { failJob: string };

/** What the Job's podFailurePolicy says about a pod that failed. */
export function failureAction(job: Job, pod: Pod): FailureAction {
  for (const [number, rule] of (job.spec.podFailurePolicy?.rules ?? []).entries()) {
    const reason =
      matchExitCode(rule.onExitCodes, pod) ?? matchCondition(rule.onPodConditions, pod);
    if (reason === undefined) continue;
    if (rule.action === 'FailJob') {
      return { failJob: `${reason} matching FailJob rule at index ${number}` };
    }
    return rule.action === 'Ignore' || rule.action === 'FailIndex' ? rule.action : 'Count';
  }
  return 'Count';
}

type Rule = NonNullable<Job['spec']['podFailurePolicy']>['rules'][number];

function matchExitCode(rule: Rule['onExitCodes'], pod: Pod): string | undefined {
  if (rule === undefined) return undefined;
  const statuses = [
    ...(pod.status?.initContainerStatuses ?? []),
    ...(pod.status?.containerStatuses ?? []),
  ];
  for (const { name, state } of statuses) {
    const code = state?.terminated?.exitCode;
    if (code === undefined || code === 0) continue;
    if (rule.containerName !== undefined && rule.containerName !== name) continue;
    if (rule.values.includes(code) === (rule.operator === 'In')) {
      const { name: podName, namespace } = pod.metadata;
      return `Container ${name} for pod ${namespace}/${podName} failed with exit code ${code}`;
    }
  }
  return undefined;
}

function matchCondition(rules: Rule['onPodConditions'], pod: Pod): string | undefined {
  for (const rule of rules ?? []) {
    const found = pod.status?.conditions?.some(
      ({ type, status }) => type === rule.type && status === (rule.status ?? 'True'),
    );
    if (found) {
      return `Pod ${pod.metadata.namespace}/${pod.metadata.name} has condition ${rule.type}`;
    }
  }
  return undefined;
}

/** `index` for Indexed Jobs. */
export function draftPod(job: Job, index?: number): PodDraft {
  const draft = podFromTemplate(job.spec.template, job);
  const finalizers = [...(draft.metadata.finalizers ?? []), trackingFinalizer];
  if (index === undefined) return { ...draft, metadata: { ...draft.metadata, finalizers } };
  const text = String(index);
  const variable = {
    name: indexVariable,
    valueFrom: { fieldRef: { fieldPath: `metadata.annotations['${indexAnnotation}']` } },
  };
  const withIndex = <C extends { env?: { name: string }[] }>(container: C): C =>
    container.env?.some(({ name }) => name === indexVariable)
      ? container
      : { ...container, env: [...(container.env ?? []), variable] };
  const { initContainers, containers } = draft.spec;
  return {
    ...draft,
    metadata: {
      ...draft.metadata,
      generateName: `${job.metadata.name}-${index}-`,
      finalizers,
      labels: { ...draft.metadata.labels, [indexAnnotation]: text },
      annotations: { ...draft.metadata.annotations, [indexAnnotation]: text },
    },
    spec: {
      ...draft.spec,
      hostname: draft.spec.hostname ?? `${job.metadata.name}-${index}`,
      containers: containers.map(withIndex),
      ...(initContainers === undefined ? {} : { initContainers: initContainers.map(withIndex) }),
    },
  };
}
