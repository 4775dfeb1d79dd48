import { formatLabelSelector, labelSelectorOf } from '../../../api/selector.ts';
import type {
  ControllerRevision,
  CronJob,
  core,
  DaemonSet,
  Deployment,
  HorizontalPodAutoscaler,
  Job,
  PodDisruptionBudget,
  StatefulSet,
} from '../../../api/types.ts';
import { valueAt } from '../../registry/json.ts';
import { autoscalerTargets } from './autoscaler.ts';
import {
  ageColumn,
  ageOf,
  at,
  type Column,
  count,
  duration,
  integer,
  labels,
  nameColumn,
  text,
  wide,
} from './column.ts';

type WithTemplate = { spec: { template?: core.PodTemplateSpec; selector?: object } };

const containers = wide(
  text('Containers', (object: WithTemplate) =>
    (object.spec.template?.spec?.containers ?? []).map(({ name }) => name).join(','),
  ),
);
const images = wide(
  text('Images', (object: WithTemplate) =>
    (object.spec.template?.spec?.containers ?? []).map(({ image }) => image).join(','),
  ),
);
const selector = wide(text('Selector', (object: WithTemplate) => selectorOf(object.spec.selector)));

function selectorOf(value: object | undefined): string {
  if (value === undefined || value === null) return '<none>';
  return formatLabelSelector(labelSelectorOf(value)) || '<none>';
}

const podTemplateColumns: readonly Column[] = [
  nameColumn,
  text('Containers', (object: { template?: core.PodTemplateSpec }) =>
    (object.template?.spec?.containers ?? []).map(({ name }) => name).join(','),
  ),
  text('Images', (object: { template?: core.PodTemplateSpec }) =>
    (object.template?.spec?.containers ?? []).map(({ image }) => image).join(','),
  ),
  text('Pod Labels', (object: { template?: core.PodTemplateSpec }) =>
    labels(object.template?.metadata?.labels),
  ),
];

function replicaColumns(selectorColumn: Column): readonly Column[] {
  return [
    nameColumn,
    integer('Desired', count('spec', 'replicas')),
    integer('Current', count('status', 'replicas')),
    integer('Ready', count('status', 'readyReplicas')),
    ageColumn,
    containers,
    images,
    selectorColumn,
  ];
}

function jobStatus(job: Job): string {
  const has = (type: string) =>
    job.status?.conditions?.some(
      (condition) => condition.type === type && condition.status === 'True',
    );
  if (has('Complete')) return 'Complete';
  if (has('Failed')) return 'Failed';
  if (job.metadata.deletionTimestamp !== undefined) return 'Terminating';
  if (has('Suspended')) return 'Suspended';
  if (has('FailureTarget')) return 'FailureTarget';
  return has('SuccessCriteriaMet') ? 'SuccessCriteriaMet' : 'Running';
}

function completions(job: Job): string {
  const done = job.status?.succeeded ?? 0;
  if (job.spec.completions !== undefined) return `${done}/${job.spec.completions}`;
  const parallelism = job.spec.parallelism ?? 0;
  return parallelism > 1 ? `${done}/1 of ${parallelism}` : `${done}/1`;
}

function jobDuration(job: Job, nowMs: number): string {
  const start = Date.parse(job.status?.startTime ?? '');
  if (Number.isNaN(start)) return '';
  const end = Date.parse(job.status?.completionTime ?? '');
  return duration((Number.isNaN(end) ? nowMs : end) - start);
}

export const workloadColumns: Record<string, readonly Column[]> = {
  'apps/Deployment': [
    nameColumn,
    text(
      'Ready',
      ({ spec, status }: Deployment) => `${status?.readyReplicas ?? 0}/${spec.replicas ?? 0}`,
      'Ready pods of wanted pods.',
    ),
    // Numbers in columns of text, as the original has them.
    text('Up-to-date', count('status', 'updatedReplicas'), 'Pods of the newest template.'),
    text(
      'Available',
      count('status', 'availableReplicas'),
      'Pods that have been ready long enough.',
    ),
    ageColumn,
    containers,
    images,
    selector,
  ],
  'apps/ReplicaSet': replicaColumns(selector),
  '/ReplicationController': replicaColumns(
    wide(
      text('Selector', (object: WithTemplate) =>
        labels(object.spec.selector as Record<string, string> | undefined),
      ),
    ),
  ),
  'apps/StatefulSet': [
    nameColumn,
    text(
      'Ready',
      ({ spec, status }: StatefulSet) => `${status?.readyReplicas ?? 0}/${spec.replicas ?? 0}`,
    ),
    ageColumn,
    containers,
    images,
  ],
  'apps/DaemonSet': [
    nameColumn,
    integer('Desired', count('status', 'desiredNumberScheduled')),
    integer('Current', count('status', 'currentNumberScheduled')),
    integer('Ready', count('status', 'numberReady')),
    integer('Up-to-date', count('status', 'updatedNumberScheduled')),
    integer('Available', count('status', 'numberAvailable')),
    text('Node Selector', (set: DaemonSet) => labels(set.spec.template.spec?.nodeSelector)),
    ageColumn,
    containers,
    images,
    selector,
  ],
  'apps/ControllerRevision': [
    nameColumn,
    text('Controller', (revision: ControllerRevision) => {
      const owner = revision.metadata.ownerReferences?.find(({ controller }) => controller);
      if (owner === undefined) return '<none>';
      const [group] = owner.apiVersion.includes('/') ? owner.apiVersion.split('/') : [''];
      const kind = owner.kind.toLowerCase();
      return `${group === '' ? kind : `${kind}.${group}`}/${owner.name}`;
    }),
    text('Revision', (revision: ControllerRevision) => revision.revision),
    ageColumn,
  ],
  'batch/Job': [
    nameColumn,
    text('Status', jobStatus),
    text('Completions', completions),
    text('Duration', jobDuration),
    ageColumn,
    containers,
    images,
    selector,
  ],
  'batch/CronJob': [
    nameColumn,
    text('Schedule', at('spec', 'schedule')),
    text('Timezone', at('spec', 'timeZone')),
    text('Suspend', (job: CronJob) => (job.spec.suspend ? 'True' : 'False')),
    integer('Active', (job: CronJob) => job.status?.active?.length ?? 0),
    text('Last Schedule', (job: CronJob, now) =>
      job.status?.lastScheduleTime === undefined
        ? '<none>'
        : ageOf(job.status.lastScheduleTime, now),
    ),
    ageColumn,
    wide(
      text('Containers', (job: CronJob) =>
        (job.spec.jobTemplate.spec?.template.spec?.containers ?? [])
          .map(({ name }) => name)
          .join(','),
      ),
    ),
    wide(
      text('Images', (job: CronJob) =>
        (job.spec.jobTemplate.spec?.template.spec?.containers ?? [])
          .map(({ image }) => image)
          .join(','),
      ),
    ),
    wide(text('Selector', (job: CronJob) => selectorOf(job.spec.jobTemplate.spec?.selector))),
  ],
  '/PodTemplate': podTemplateColumns,
  'autoscaling/HorizontalPodAutoscaler': [
    nameColumn,
    text(
      'Reference',
      ({ spec }: HorizontalPodAutoscaler) =>
        `${spec.scaleTargetRef.kind}/${spec.scaleTargetRef.name}`,
    ),
    text('Targets', autoscalerTargets),
    text('MinPods', (object: HorizontalPodAutoscaler) => object.spec.minReplicas ?? '<unset>'),
    text('MaxPods', count('spec', 'maxReplicas')),
    text('Replicas', count('status', 'currentReplicas')),
    ageColumn,
  ],
  'policy/PodDisruptionBudget': [
    nameColumn,
    text('Min Available', (budget: PodDisruptionBudget) => orNone(budget, 'minAvailable')),
    text('Max Unavailable', (budget: PodDisruptionBudget) => orNone(budget, 'maxUnavailable')),
    integer('Allowed Disruptions', count('status', 'disruptionsAllowed')),
    ageColumn,
  ],
};

function orNone(budget: PodDisruptionBudget, field: string): string {
  const value = valueAt(budget, 'spec', field);
  return value === undefined ? 'N/A' : String(value);
}
