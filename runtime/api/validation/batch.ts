/** Job and CronJob. */
import type { LabelSelectorObject } from '../selector.ts';
import type { batch, CronJob, Job } from '../types.ts';
import { cronProblem } from './cron.ts';
import { validateIndexes } from './indexed-jobs.ts';
import { checkQualifiedName } from './names.ts';
import { validateTemplate } from './pod.ts';
import type { Problems } from './problems.ts';
import {
  immutable,
  indexed,
  isRecord,
  labelSelector,
  list,
  notNegative,
  oneOf,
  record,
  requireName,
  same,
  selects,
} from './values.ts';

export function validateJob(job: Job, problems: Problems): void {
  const { spec } = job;
  if (!isRecord(spec)) {
    problems.required('spec');
    return;
  }
  validateJobSpec(spec, 'spec', problems);
  if (spec.manualSelector === true) {
    if (!isRecord(spec.selector)) problems.required('spec.selector');
    else labelSelector(spec.selector, 'spec.selector', problems);
  }
  // What the server has not put there would not match the pods that it labels itself.
  if (spec.manualSelector !== true && !isGenerated(spec.selector)) {
    problems.invalid('spec.selector', spec.selector, '`selector` not auto-generated');
  }
  const labels = spec.template?.metadata?.labels ?? {};
  if (isRecord(spec.selector) && !selects(spec.selector, labels)) {
    mismatched(labels, problems);
  }
}

function mismatched(labels: object, problems: Problems): void {
  const why = '`selector` does not match template `labels`';
  problems.invalid('spec.template.metadata.labels', labels, why);
}

const generatedLabels = new Set(
  ['controller-uid', 'job-name'].flatMap((name) => [name, `batch.kubernetes.io/${name}`]),
);

function isGenerated(selector: batch.JobSpec['selector']): boolean {
  if (!isRecord(selector)) return true;
  const { matchLabels, matchExpressions } = selector as LabelSelectorObject;
  const names = Object.keys(record(matchLabels) ?? {});
  return list(matchExpressions).length === 0 && names.every((name) => generatedLabels.has(name));
}

function validateJobSpec(spec: batch.JobSpec, field: string, problems: Problems): void {
  for (const name of [
    'parallelism',
    'completions',
    'activeDeadlineSeconds',
    'backoffLimit',
    'ttlSecondsAfterFinished',
    'backoffLimitPerIndex',
    'maxFailedIndexes',
  ] as const) {
    notNegative(spec[name], `${field}.${name}`, problems);
  }
  oneOf(spec.completionMode, ['NonIndexed', 'Indexed'], `${field}.completionMode`, problems);
  validateIndexes(spec, field, problems);
  // Where failures are told apart, a pod has to have failed before another takes its place.
  const replaced = isRecord(spec.podFailurePolicy) ? ['Failed'] : ['Failed', 'TerminatingOrFailed'];
  oneOf(spec.podReplacementPolicy, replaced, `${field}.podReplacementPolicy`, problems);
  validateTemplate(spec.template, `${field}.template`, problems);
  validateRestartPolicy(spec, field, problems);
  validateFailurePolicy(spec, field, problems);
}

function validateRestartPolicy(spec: batch.JobSpec, field: string, problems: Problems): void {
  const policy = record(record(spec.template)?.spec)?.restartPolicy;
  const at = `${field}.template.spec.restartPolicy`;
  // Always is what a template has that says nothing.
  if (policy === 'Always' || policy === undefined) {
    problems.required(at, 'valid values: "OnFailure", "Never"');
  } else if (policy !== 'OnFailure' && policy !== 'Never') {
    problems.notSupported(at, policy, ['OnFailure', 'Never']);
  }
  if (isRecord(spec.podFailurePolicy) && policy !== 'Never') {
    problems.invalid(at, policy, 'only "Never" is supported when podFailurePolicy is specified');
  }
}

/** At most this many codes of a rule. */
const maxExitCodes = 255;

function validateExitCodes(
  { operator, values }: batch.PodFailurePolicyOnExitCodesRequirement,
  field: string,
  problems: Problems,
): void {
  const at = `${field}.values`;
  const codes = list(values);
  if (codes.length === 0) problems.invalid(at, codes, 'at least one value is required');
  if (codes.length > maxExitCodes) problems.tooMany(at, codes.length, maxExitCodes);
  let ordered = true;
  for (const [i, code] of codes.entries()) {
    if (code === 0 && operator === 'In') {
      problems.invalid(`${at}[${i}]`, code, 'must not be 0 for the In operator');
    }
    if (codes.indexOf(code) < i) problems.duplicate(`${at}[${i}]`, code);
    else if (i > 0 && code < (codes[i - 1] ?? code)) ordered = false;
  }
  if (!ordered) problems.invalid(at, codes, 'must be ordered');
}

const failureActions = ['Count', 'FailIndex', 'FailJob', 'Ignore'];

function validateFailureAction(
  action: string | undefined,
  spec: batch.JobSpec,
  field: string,
  problems: Problems,
): void {
  if (!action) {
    const values = failureActions.map((each) => JSON.stringify(each)).join(' ');
    problems.required(field, `valid values: [${values}]`);
  } else if (action === 'FailIndex' && spec.backoffLimitPerIndex === undefined) {
    problems.invalid(field, action, 'requires the backoffLimitPerIndex to be set');
  } else oneOf(action, failureActions, field, problems);
}

const mostFailureRules = 20;

function validateFailurePolicy(spec: batch.JobSpec, field: string, problems: Problems): void {
  const pod = record(spec.template?.spec);
  const containers = [...list(pod?.containers), ...list(pod?.initContainers)].map(
    ({ name }) => name,
  );
  const rules = record(spec.podFailurePolicy)?.rules;
  if (list(rules).length > mostFailureRules) {
    const at = `${field}.podFailurePolicy.rules`;
    problems.tooMany(at, list(rules).length, mostFailureRules);
  }
  for (const [i, rule] of indexed(rules)) {
    const at = `${field}.podFailurePolicy.rules[${i}]`;
    validateFailureAction(rule.action, spec, `${at}.action`, problems);
    const [byCode, byCondition] = [
      isRecord(rule.onExitCodes),
      list(rule.onPodConditions).length > 0,
    ];
    if (byCode === byCondition) {
      const wrong = byCode
        ? 'specifying both OnExitCodes and OnPodConditions is not supported'
        : 'specifying one of OnExitCodes and OnPodConditions is required';
      problems.invalid(at, '', wrong);
    }
    const codes = record(rule.onExitCodes);
    if (codes !== undefined) {
      if (!codes.operator) problems.required(`${at}.onExitCodes.operator`);
      else oneOf(codes.operator, ['In', 'NotIn'], `${at}.onExitCodes.operator`, problems);
      validateExitCodes(codes, `${at}.onExitCodes`, problems);
      const { containerName: name } = codes;
      if (name != null && !containers.includes(name)) {
        problems.invalid(
          `${at}.onExitCodes.containerName`,
          name,
          'must be one of the container or initContainer names in the pod template',
        );
      }
    }
    for (const [j, condition] of indexed(rule.onPodConditions)) {
      const on = `${at}.onPodConditions[${j}]`;
      requireName(condition.type, checkQualifiedName, `${on}.type`, problems);
      oneOf(condition.status || 'True', ['False', 'True', 'Unknown'], `${on}.status`, problems);
    }
  }
}

export function validateJobUpdate(next: Job, previous: Job, problems: Problems): void {
  // A new job is given its selector by the server; one that is there has it.
  const isGone = isRecord(previous.spec.selector) && !isRecord(next.spec.selector);
  if (isGone && next.spec.manualSelector !== true) {
    problems.required('spec.selector');
    mismatched(next.spec.template?.metadata?.labels ?? {}, problems);
  }
  const elastic =
    next.spec.completionMode === 'Indexed' && next.spec.completions === next.spec.parallelism;
  if (!elastic) {
    immutable(next.spec.completions, previous.spec.completions, 'spec.completions', problems);
  }
  immutable(next.spec.selector, previous.spec.selector, 'spec.selector', problems);
  for (const name of [
    'completionMode',
    'podFailurePolicy',
    'backoffLimitPerIndex',
    'successPolicy',
  ] as const) {
    immutable(next.spec[name], previous.spec[name], `spec.${name}`, problems);
  }
  // A queueing controller may place the pods of a job that has not started.
  const waiting = previous.spec.suspend === true && previous.status?.startTime === undefined;
  const comparable = ({ spec }: Job) => (waiting ? withoutPlacement(spec.template) : spec.template);
  if (!same(comparable(next), comparable(previous))) {
    problems.invalid('spec.template', next.spec.template, 'field is immutable');
  }
}

function withoutPlacement(template: batch.JobSpec['template'] | undefined): unknown {
  const {
    nodeSelector: _selector,
    affinity: _affinity,
    tolerations: _tolerations,
    schedulingGates: _gates,
    ...spec
  } = record(template?.spec) ?? { containers: [] };
  return { labels: undefined, spec };
}

export function validateCronJob(object: CronJob, problems: Problems): void {
  const spec = record(object.spec);
  if (spec === undefined) {
    problems.required('spec');
    return;
  }
  if (!spec.schedule) problems.required('spec.schedule');
  else if (typeof spec.schedule === 'string') {
    const problem = cronProblem(spec.schedule);
    if (problem !== undefined) problems.invalid('spec.schedule', spec.schedule, problem);
    if (/TZ/.test(spec.schedule)) {
      problems.invalid(
        'spec.schedule',
        spec.schedule,
        'cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
      );
    }
  }
  validateTimeZone(spec.timeZone, problems);
  notNegative(spec.startingDeadlineSeconds, 'spec.startingDeadlineSeconds', problems);
  oneOf(spec.concurrencyPolicy, ['Allow', 'Forbid', 'Replace'], 'spec.concurrencyPolicy', problems);
  for (const name of ['successfulJobsHistoryLimit', 'failedJobsHistoryLimit'] as const) {
    notNegative(spec[name], `spec.${name}`, problems);
  }
  const job = record(record(spec.jobTemplate)?.spec) ?? ({} as batch.JobSpec);
  validateJobSpec(job, 'spec.jobTemplate.spec', problems);
  if (job.manualSelector === true) {
    problems.notSupported('spec.jobTemplate.spec.manualSelector', true, ['nil', 'false']);
  }
}

function validateTimeZone(zone: unknown, problems: Problems): void {
  if (typeof zone !== 'string') return;
  if (zone === '') {
    problems.invalid('spec.timeZone', zone, 'timeZone must be nil or non-empty string');
    return;
  }
  if (zone.toLowerCase() === 'local') {
    problems.invalid(
      'spec.timeZone',
      zone,
      'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones',
    );
  } else if (!isTimeZone(zone)) {
    problems.invalid('spec.timeZone', zone, `unknown time zone ${zone}`);
  }
}

/** The original looks zones up by file, so that the case of letters counts; `Intl` forgives it. */
function isTimeZone(zone: string): boolean {
  try {
    const found = new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone;
    const differs = found !== zone && found.toLowerCase() === zone.toLowerCase();
    return !differs && zone.split('/').every((part) => /^[A-Z]/.test(part));
  } catch {
    return false;
  }
}
