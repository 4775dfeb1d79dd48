/** Which warnings belong to which kind. */
import type { KubeObject, ObjectMeta } from '../object.ts';
import type { CronJob, core, Job, StatefulSet } from '../types.ts';
import { checkLabel } from '../validation/names.ts';
import { indexed, isRecord } from '../validation/values.ts';
import type { Warnings } from './collector.ts';
import * as network from './network.ts';
import * as objects from './objects.ts';
import { podWarnings } from './pod.ts';
import * as storage from './storage.ts';

interface Rule {
  /** The parameter is narrower than what is passed: the table's key says which kind it is. */
  readonly create: (object: never, warnings: Warnings) => void;
  /**
   * What is said of a change: the same as of a new object, nothing, the same where what its makers
   * want has changed, or something of its own.
   */
  readonly update:
    | 'same'
    | 'never'
    | 'when-generation-changes'
    | ((next: never, previous: never, warnings: Warnings) => void);
}

interface Workload extends KubeObject {
  readonly spec: { readonly template?: core.PodTemplateSpec };
}

function template({ spec }: Workload, warnings: Warnings): void {
  if (isRecord(spec?.template)) podWarnings(spec.template, 'spec.template.', warnings);
}

function podName(metadata: ObjectMeta, used: string, warnings: Warnings): void {
  // A name that will be made up ends in five letters or digits.
  const generated = metadata.generateName ? `${metadata.generateName.slice(0, 58)}xxxxx` : '';
  const name = metadata.name || generated;
  const problems = checkLabel(name);
  if (name === '' || problems.length === 0) return;
  const odd = 'which can result in surprising behavior; a DNS label is recommended';
  warnings.at('metadata.name', `this is used in ${used}, ${odd}: [${problems.join(' ')}]`);
}

const inPods = 'Pod names and hostnames';

function workload(object: Workload, warnings: Warnings): void {
  podName(object.metadata, inPods, warnings);
  template(object, warnings);
}

function statefulSet(object: StatefulSet, warnings: Warnings): void {
  template(object, warnings);
  for (const [i, claim] of indexed(object.spec.volumeClaimTemplates)) {
    storage.claimSpec(claim.spec, `spec.volumeClaimTemplates[${i}]`, warnings);
  }
  if (Number(object.spec.revisionHistoryLimit) < 0) {
    const message =
      'a negative value retains all historical revisions; a value >= 0 is recommended';
    warnings.at('spec.revisionHistoryLimit', message);
  }
}

function jobSpec(spec: Job['spec'] | undefined, field: string, warnings: Warnings): void {
  const { completionMode, completions = 0, parallelism = 0 } = spec ?? {};
  if (completionMode === 'Indexed' && completions > 100_000 && parallelism > 10_000) {
    const message =
      'In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail';
    warnings.at(field, message);
  }
  if (isRecord(spec?.template)) podWarnings(spec.template, `${field}.template.`, warnings);
}

function job(object: Job, warnings: Warnings): void {
  podName(object.metadata, inPods, warnings);
  jobSpec(object.spec, 'spec', warnings);
}

const jobTemplate = 'spec.jobTemplate.spec';

function cronJob(object: CronJob, warnings: Warnings): void {
  podName(object.metadata, inPods, warnings);
  jobSpec(object.spec.jobTemplate?.spec, jobTemplate, warnings);
}

function cronJobUpdate(next: CronJob, previous: CronJob, warnings: Warnings): void {
  if (isOtherGeneration(next, previous)) {
    jobSpec(next.spec.jobTemplate?.spec, jobTemplate, warnings);
  }
  if (String(next.spec.schedule).includes('TZ')) {
    // The path is the original's.
    const said = 'cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead';
    const where =
      'see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details';
    warnings.say('spec.schedule', `${said}, ${where}`);
  }
}

export function isOtherGeneration(next: KubeObject, previous: KubeObject): boolean {
  return next.metadata.generation !== previous.metadata.generation;
}

interface PodTemplate extends KubeObject {
  readonly template?: core.PodTemplateSpec;
}

/** By `group/Kind`. */
export const rules: Readonly<Record<string, Rule>> = {
  '/Endpoints': { create: network.endpoints, update: 'same' },
  '/Node': { create: objects.node, update: 'same' },
  '/PersistentVolume': { create: storage.volume, update: 'same' },
  '/PersistentVolumeClaim': { create: storage.claim, update: 'same' },
  '/Pod': {
    create: (pod: KubeObject & { readonly spec?: core.PodSpec }, warnings) => {
      podName(pod.metadata, "the Pod's hostname", warnings);
      podWarnings(pod, '', warnings);
    },
    // People seldom change pods, and others often.
    update: 'never',
  },
  '/PodTemplate': {
    create: (object: PodTemplate, warnings) =>
      podWarnings(object.template ?? {}, 'template.', warnings),
    update: 'same',
  },
  '/ReplicationController': { create: workload, update: 'when-generation-changes' },
  '/Secret': { create: objects.secret, update: 'same' },
  '/Service': { create: network.service, update: 'same' },
  '/ServiceAccount': {
    create: objects.serviceAccount,
    update: (next: KubeObject, previous: KubeObject, warnings) => {
      if (previous.metadata.annotations?.[objects.mountableSecrets] !== undefined) return;
      objects.serviceAccount(next as never, warnings);
    },
  },
  'apiextensions.k8s.io/CustomResourceDefinition': { create: objects.definition, update: 'same' },
  'apps/DaemonSet': { create: template, update: 'when-generation-changes' },
  'apps/Deployment': { create: workload, update: 'when-generation-changes' },
  'apps/ReplicaSet': { create: workload, update: 'when-generation-changes' },
  'apps/StatefulSet': { create: statefulSet, update: 'when-generation-changes' },
  'batch/CronJob': { create: cronJob, update: cronJobUpdate },
  'batch/Job': { create: job, update: 'when-generation-changes' },
  'discovery.k8s.io/EndpointSlice': { create: network.endpointSlice, update: 'same' },
  'networking.k8s.io/Ingress': { create: network.ingress, update: 'never' },
  'networking.k8s.io/NetworkPolicy': { create: network.networkPolicy, update: 'same' },
  'node.k8s.io/RuntimeClass': { create: objects.runtimeClass, update: 'same' },
  'storage.k8s.io/CSIStorageCapacity': { create: storage.storageCapacity, update: 'same' },
  'storage.k8s.io/StorageClass': { create: storage.storageClass, update: 'same' },
};
