/** Deployment, ReplicaSet, ReplicationController, DaemonSet, StatefulSet. */
import type {
  apps,
  ControllerRevision,
  core,
  DaemonSet,
  Deployment,
  ReplicaSet,
  ReplicationController,
  StatefulSet,
} from '../types.ts';
import { checkSubdomain } from './names.ts';
import { validateTemplate } from './pod.ts';
import type { Problems } from './problems.ts';
import { validateClaimSpec } from './storage.ts';
import {
  atMostAll,
  checkName,
  countOrPercent,
  immutable,
  indexed,
  isEmptySelector,
  isReadableSelector,
  isRecord,
  isZero,
  labelSelector,
  notNegative,
  oneOf,
  record,
  requireName,
  same,
  selects,
} from './values.ts';

const mismatch = '`selector` does not match template `labels`';

/** Words of Deployments, which ReplicaSets share. */
const forDeployment = {
  emptySelector: 'empty selector is invalid for deployment',
  unreadable: 'invalid label selector',
};

interface Templated {
  selector?: unknown;
  template?: core.PodTemplateSpec;
}

/** The selector is there, says something, and matches the template; the template is sound. */
function validateTemplated(
  spec: Templated,
  { emptySelector, unreadable }: { emptySelector: string; unreadable?: string },
  problems: Problems,
  claims: readonly string[] = [],
): void {
  if (!isRecord(spec.selector)) problems.required('spec.selector');
  else {
    labelSelector(spec.selector, 'spec.selector', problems);
    if (isEmptySelector(spec.selector)) {
      problems.invalid('spec.selector', spec.selector, emptySelector);
    }
  }
  if (isRecord(spec.selector) && !isReadableSelector(spec.selector)) {
    // Of DaemonSets nothing more is said, and of the others no more of the template.
    if (unreadable !== undefined) {
      problems.invalid('spec.selector', spec.selector, unreadable);
      return;
    }
  }
  const template = record(spec.template);
  const labels = template?.metadata?.labels ?? {};
  const matches = isRecord(spec.selector)
    ? isEmptySelector(spec.selector) || selects(spec.selector, labels)
    : false;
  if (!matches) problems.invalid('spec.template.metadata.labels', labels, mismatch);
  validateTemplate(spec.template, 'spec.template', problems, { claims });
  if (template !== undefined) alwaysRestarts(template, problems);
}

function alwaysRestarts(template: core.PodTemplateSpec, problems: Problems): void {
  const spec = record(template.spec);
  oneOf(spec?.restartPolicy, ['Always'], 'spec.template.spec.restartPolicy', problems);
  if (spec?.activeDeadlineSeconds !== undefined) {
    problems.forbidden(
      'spec.template.spec.activeDeadlineSeconds',
      'activeDeadlineSeconds in ReplicaSet is not Supported',
    );
  }
}

export function validateDeployment(object: Deployment, problems: Problems): void {
  const spec = record(object.spec);
  if (spec === undefined) {
    problems.required('spec');
    return;
  }
  notNegative(spec.replicas, 'spec.replicas', problems);
  validateTemplated(spec, forDeployment, problems);
  const strategy = record(spec.strategy);
  if (strategy !== undefined) validateStrategy(strategy, problems);
  notNegative(spec.minReadySeconds, 'spec.minReadySeconds', problems);
  notNegative(spec.revisionHistoryLimit, 'spec.revisionHistoryLimit', problems);
  const deadline = spec.progressDeadlineSeconds;
  if (deadline !== undefined) {
    notNegative(deadline, 'spec.progressDeadlineSeconds', problems);
    if (deadline <= (spec.minReadySeconds ?? 0)) {
      problems.invalid(
        'spec.progressDeadlineSeconds',
        deadline,
        'must be greater than minReadySeconds',
      );
    }
  }
}

function validateStrategy(strategy: apps.DeploymentStrategy, problems: Problems): void {
  const { type, rollingUpdate } = strategy;
  const at = 'spec.strategy.rollingUpdate';
  if (type === 'Recreate') {
    if (isRecord(rollingUpdate)) {
      problems.forbidden(at, "may not be specified when strategy `type` is 'Recreate'");
    }
    return;
  }
  if (type !== 'RollingUpdate') {
    problems.notSupported('spec.strategy', strategy, ['Recreate', 'RollingUpdate']);
    return;
  }
  if (!isRecord(rollingUpdate)) return;
  const { maxUnavailable, maxSurge } = rollingUpdate as apps.RollingUpdateDeployment;
  countOrPercent(maxUnavailable, `${at}.maxUnavailable`, problems);
  countOrPercent(maxSurge, `${at}.maxSurge`, problems);
  if (isZero(maxUnavailable) && isZero(maxSurge)) {
    problems.invalid(`${at}.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0');
  }
  atMostAll(maxUnavailable, `${at}.maxUnavailable`, problems);
}

export function validateReplicaSet(object: ReplicaSet, problems: Problems): void {
  const spec = record(object.spec);
  if (spec === undefined) {
    problems.required('spec');
    return;
  }
  notNegative(spec.replicas, 'spec.replicas', problems);
  notNegative(spec.minReadySeconds, 'spec.minReadySeconds', problems);
  validateTemplated(spec, forDeployment, problems);
}

export function validateReplicationController(
  object: ReplicationController,
  problems: Problems,
): void {
  const spec = record(object.spec);
  if (spec === undefined) {
    problems.required('spec');
    return;
  }
  notNegative(spec.replicas, 'spec.replicas', problems);
  notNegative(spec.minReadySeconds, 'spec.minReadySeconds', problems);
  if (Object.keys(record(spec.selector) ?? {}).length === 0) problems.required('spec.selector');
  const template = record(spec.template);
  if (template === undefined) {
    problems.required('spec.template');
    return;
  }
  const labels = template.metadata?.labels ?? {};
  const wanted = Object.entries(record(spec.selector) ?? {});
  if (wanted.some(([name, value]) => labels[name] !== value)) {
    problems.invalid('spec.template.metadata.labels', labels, mismatch);
  }
  validateTemplate(template, 'spec.template', problems);
  alwaysRestarts(template, problems);
}

export function validateDaemonSet(object: DaemonSet, problems: Problems): void {
  const spec = record(object.spec);
  if (spec === undefined) {
    problems.required('spec');
    return;
  }
  validateTemplated(spec, { emptySelector: 'empty selector is invalid for daemonset' }, problems);
  notNegative(spec.minReadySeconds, 'spec.minReadySeconds', problems);
  notNegative(spec.revisionHistoryLimit, 'spec.revisionHistoryLimit', problems);
  const strategy = record(spec.updateStrategy);
  const types = ['RollingUpdate', 'OnDelete'];
  if (strategy !== undefined && !types.includes(strategy.type ?? '')) {
    problems.notSupported('spec.updateStrategy', strategy, types);
  }
  if (strategy?.type !== 'RollingUpdate') return;
  const rolling = record(strategy?.rollingUpdate);
  if (rolling === undefined) return;
  const at = 'spec.updateStrategy.rollingUpdate';
  for (const name of ['maxUnavailable', 'maxSurge'] as const) {
    countOrPercent(rolling[name], `${at}.${name}`, problems);
    atMostAll(rolling[name], `${at}.${name}`, problems);
  }
  const unavailable = !isZero(rolling.maxUnavailable ?? 1);
  const surge = !isZero(rolling.maxSurge ?? 0);
  if (unavailable && surge) {
    problems.invalid(
      `${at}.maxSurge`,
      rolling.maxSurge,
      'may not be set when maxUnavailable is non-zero',
    );
  } else if (!unavailable && !surge) {
    problems.required(`${at}.maxUnavailable`, 'cannot be 0 when maxSurge is 0');
  }
}

export function validateStatefulSet(object: StatefulSet, problems: Problems): void {
  const spec = record(object.spec);
  if (spec === undefined) {
    problems.required('spec');
    return;
  }
  notNegative(spec.replicas, 'spec.replicas', problems);
  notNegative(spec.minReadySeconds, 'spec.minReadySeconds', problems);
  notNegative(spec.revisionHistoryLimit, 'spec.revisionHistoryLimit', problems);
  oneOfTwo(
    spec.podManagementPolicy,
    ['OrderedReady', 'Parallel'],
    'spec.podManagementPolicy',
    problems,
  );
  const strategy = record(spec.updateStrategy);
  oneOfTwo(strategy?.type, ['RollingUpdate', 'OnDelete'], 'spec.updateStrategy', problems);
  if (strategy?.type === 'OnDelete' && isRecord(strategy.rollingUpdate)) {
    problems.invalid(
      'spec.updateStrategy.rollingUpdate',
      strategy.rollingUpdate,
      "only allowed for updateStrategy 'RollingUpdate'",
    );
  }
  notNegative(
    strategy?.rollingUpdate?.partition,
    'spec.updateStrategy.rollingUpdate.partition',
    problems,
  );
  const retention = record(spec.persistentVolumeClaimRetentionPolicy);
  for (const name of ['whenDeleted', 'whenScaled'] as const) {
    oneOf(
      retention?.[name],
      ['Retain', 'Delete'],
      `spec.persistentVolumeClaimRetentionPolicy.${name}`,
      problems,
    );
  }
  if (spec.serviceName) checkName(spec.serviceName, checkSubdomain, 'spec.serviceName', problems);
  const claims: string[] = [];
  for (const [i, claim] of indexed(spec.volumeClaimTemplates)) {
    const at = `spec.volumeClaimTemplates[${i}]`;
    const name = claim.metadata?.name;
    requireName(name, checkSubdomain, `${at}.metadata.name`, problems);
    if (name) claims.push(name);
    validateClaimSpec(record(claim.spec) ?? {}, `${at}.spec`, problems);
  }
  const words = { emptySelector: 'empty selector is invalid for statefulset', unreadable: '' };
  validateTemplated(spec, words, problems, claims);
}

/** The StatefulSet's own way to say that a value is none of two. */
function oneOfTwo(
  value: unknown,
  [a, b]: readonly [string, string],
  field: string,
  problems: Problems,
): void {
  if (value !== undefined && value !== a && value !== b) {
    problems.invalid(field, value, `must be '${a}' or '${b}'`);
  }
}

export function validateSelectorUpdate(
  next: { spec: Templated },
  previous: { spec: Templated },
  problems: Problems,
): void {
  immutable(next.spec?.selector, previous.spec?.selector, 'spec.selector', problems);
}

const mutable = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
] as const;

export function validateStatefulSetUpdate(
  next: StatefulSet,
  previous: StatefulSet,
  problems: Problems,
): void {
  const rest = (spec: object) =>
    Object.fromEntries(
      Object.entries(spec).filter(([name]) => !(mutable as readonly string[]).includes(name)),
    );
  if (!same(rest(next.spec), rest(previous.spec))) {
    problems.forbidden(
      'spec',
      "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    );
  }
}

export function validateControllerRevision(revision: ControllerRevision, problems: Problems): void {
  if (revision.data == null) problems.required('data', 'data is mandatory');
  notNegative(revision.revision, 'revision', problems);
}

export function validateControllerRevisionUpdate(
  next: ControllerRevision,
  previous: ControllerRevision,
  problems: Problems,
): void {
  immutable(next.data, previous.data, 'data', problems);
}
