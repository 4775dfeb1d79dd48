/**
 * Jobs: run pods until enough of them have succeeded. Counting and judging are in `plan.ts`.
 * https://kubernetes.io/docs/concepts/workloads/controllers/job/
 */
import { timestamp } from '../../api/clock.ts';
import { controllerOf } from '../../api/object.ts';
import { labelSelectorOf, matchesLabels } from '../../api/selector.ts';
import { isApiError } from '../../api/status.ts';
import type { batch, Job, Pod } from '../../api/types.ts';
import { createEventRecorder, type EventRecorder } from '../../client/events.ts';
import type { Informer } from '../../client/informer.ts';
import { at, jobs, keyOf, pods, splitKey } from '../../client/resources.ts';
import { slowStart } from '../kit/batches.ts';
import { findCondition, isTrue, withCondition } from '../kit/conditions.ts';
import type { ControllerContext } from '../kit/context.ts';
import { followPods } from '../kit/follow-pods.ts';
import { createLoop, type Loop, tolerate } from '../kit/loop.ts';
import { claimObjects } from '../kit/ownership.ts';
import { createPodControl, type PodControl } from '../kit/pod-control.ts';
import { podInformer, podsInReach } from '../kit/pods.ts';
import { podsToDelete } from '../kit/ranking.ts';
import { omitZeros, updateStatus } from '../kit/status.ts';
import { Unseen } from '../kit/unseen.ts';
import {
  countStatus,
  isFinished,
  judge,
  openIndexes,
  type Tally,
  tally,
  type Verdict,
  wantedActive,
} from './plan.ts';
import { draftPod, isIndexed, isTracked, trackingFinalizer } from './pods.ts';

const firstBackoffMs = 10_000;
const longestBackoffMs = 600_000;
const burst = 500;

/** Starts the controller. */
export function runJobs(context: ControllerContext): void {
  new JobController(context).start();
}

class JobController {
  readonly #context: ControllerContext;
  readonly #events: EventRecorder;
  readonly #loop: Loop;
  readonly #strays: Loop;
  readonly #jobs: Informer<Job>;
  readonly #pods: Informer<Pod>;
  readonly #podControl: PodControl;
  readonly #unseen: Unseen;

  constructor(context: ControllerContext) {
    const { client, clock, informers } = context;
    this.#context = context;
    this.#events = createEventRecorder(client, clock, { component: 'job-controller' });
    this.#loop = createLoop(context, 'job');
    this.#strays = createLoop(context, 'job-orphans', 2);
    this.#jobs = informers.for<Job>(jobs, { indexes: { uid: ({ metadata }) => [metadata.uid] } });
    this.#pods = podInformer(informers);
    this.#podControl = createPodControl(client, this.#events);
    this.#unseen = new Unseen(clock);
  }

  start(): void {
    const enqueue = (job: Job) => this.#loop.queue.add(keyOf(job));
    this.#jobs.subscribe({
      added: enqueue,
      updated: enqueue,
      deleted: ({ metadata }) => {
        for (const pod of this.#pods.byIndex('controller', metadata.uid)) this.#checkStray(pod);
      },
    });
    followPods(this.#pods, this.#jobs, this.#loop.queue, (job, labels) => selects(job, labels));
    const check = (pod: Pod) => this.#checkStray(pod);
    this.#pods.subscribe({ added: check, updated: check });
    this.#loop.start([this.#jobs, this.#pods], (key) => this.#reconcile(key));
    this.#strays.start([this.#jobs, this.#pods], (key) => this.#releaseStray(key));
  }

  /** Pods whose Job is gone must not be held by our finalizer for ever. */
  #checkStray(pod: Pod): void {
    if (isTracked(pod)) this.#strays.queue.add(keyOf(pod));
  }

  async #releaseStray(key: string): Promise<void> {
    const { name, namespace } = splitKey(key);
    const pod = this.#pods.get(name, namespace);
    if (pod === undefined || !isTracked(pod)) return;
    const owner = controllerOf(pod);
    if (owner !== undefined && owner.kind !== 'Job') return;
    const job = this.#jobs.byIndex('uid', owner?.uid ?? '')[0];
    if (job === undefined || isFinished(job)) await this.#release(pod);
  }

  async #release({ metadata }: Pod): Promise<void> {
    const { name, namespace, uid, resourceVersion, finalizers = [] } = metadata;
    const rest = finalizers.filter((finalizer) => finalizer !== trackingFinalizer);
    const patch = { metadata: { uid, resourceVersion, finalizers: rest } };
    await tolerate(
      this.#context.client.patch(at(pods, name, namespace), 'merge', patch),
      'NotFound',
    );
  }

  async #reconcile(key: string): Promise<void> {
    const { name, namespace } = splitKey(key);
    const job = this.#jobs.get(name, namespace);
    if (job === undefined || isFinished(job)) return;
    const reach = podsInReach(this.#pods, job);
    if (this.#unseen.pending(key, reach)) {
      this.#loop.queue.addAfter(key, 1_000);
      return;
    }
    const { client, clock } = this.#context;
    const members = await claimObjects<Pod>(
      {
        client,
        owner: job,
        ownerResource: jobs,
        resource: pods,
        matches: (pod) => selects(job, pod.metadata.labels ?? {}),
      },
      reach,
    );
    const standing = tally(job, members);
    const verdict = judge(job, standing, clock);
    let failure: unknown;
    if (job.metadata.deletionTimestamp === undefined) {
      failure = await this.#manage(job, standing, verdict);
    }
    const counts = omitZeros(countStatus(job, standing, clock), 'ready');
    const status = this.#withConditions(job, counts, standing, verdict);
    await updateStatus(client, jobs, job, status);
    this.#tell(job, status);
    // Only now that they are on record may the pods go.
    await Promise.all(standing.toRelease.map((pod) => this.#release(pod)));
    this.#lookAgain(job, status);
    if (failure !== undefined) throw failure;
  }

  /** Makes or deletes pods; changes `standing.active` to what will be. Gives the first error. */
  async #manage(job: Job, standing: Tally, verdict: Verdict | undefined): Promise<unknown> {
    const { active, leaving } = standing;
    if (verdict !== undefined || job.spec.suspend === true) {
      return this.#stop(job, standing, active);
    }
    const wanted = wantedActive(job, standing);
    if (active.length > wanted) {
      const surplus = podsToDelete(active, [], active.length - wanted, this.#context.clock);
      return this.#stop(job, standing, surplus);
    }
    const missing = Math.min(burst, wanted - active.length - leaving.length);
    if (missing <= 0) return undefined;
    const wait = this.#backoff(standing);
    if (wait > 0) {
      this.#loop.queue.addAfter(keyOf(job), wait);
      return undefined;
    }
    const indexes = isIndexed(job) ? openIndexes(job, standing, missing) : undefined;
    const count = indexes?.length ?? missing;
    const { error } = await slowStart(count, async (number) => {
      const pod = await this.#podControl.create(draftPod(job, indexes?.[number]), job);
      this.#unseen.made(keyOf(job), pod.metadata.uid);
      active.push(pod);
    });
    return error;
  }

  async #stop(job: Job, standing: Tally, surplus: readonly Pod[]): Promise<unknown> {
    let failure: unknown;
    for (const pod of [...surplus]) {
      try {
        await this.#podControl.delete(pod, job);
      } catch (error) {
        if (!isApiError(error, 'NotFound', 'Conflict')) {
          failure ??= error;
          continue;
        }
      }
      standing.active = standing.active.filter((other) => other !== pod);
      standing.leaving.push(pod);
    }
    return failure;
  }

  /** Milliseconds to wait after the last failure: 10 s, doubled with each, at most 10 min. */
  #backoff({ failed, lastFailure }: Tally): number {
    if (failed === 0 || lastFailure === 0) return 0;
    const delay = Math.min(longestBackoffMs, firstBackoffMs * 2 ** Math.min(failed - 1, 10));
    return Math.max(0, lastFailure + delay - this.#context.clock.now());
  }

  #withConditions(
    job: Job,
    status: batch.JobStatus,
    standing: Tally,
    verdict: Verdict | undefined,
  ): batch.JobStatus {
    const { clock } = this.#context;
    let conditions: batch.JobCondition[] = job.status?.conditions ?? [];
    const now = timestamp(clock.now());
    const set = (type: string, value: string, reason: string, message: string) => {
      if (findCondition(conditions, type)?.status === value) return;
      const condition = { type, status: value, reason, message, lastProbeTime: now };
      conditions = withCondition(conditions, condition, clock);
    };
    let next = status;
    if (verdict === undefined) {
      if (job.spec.suspend === true) {
        set('Suspended', 'True', 'JobSuspended', 'Job suspended');
        const { startTime: _, ...rest } = next;
        next = rest;
      } else if (isTrue(conditions, 'Suspended')) {
        set('Suspended', 'False', 'JobResumed', 'Job resumed');
        next = { ...next, startTime: now };
      }
    } else {
      const { type, reason, message } = verdict;
      set(type === 'Failed' ? 'FailureTarget' : 'SuccessCriteriaMet', 'True', reason, message);
      const uncounted = standing.uncounted.succeeded.length + standing.uncounted.failed.length;
      const running = standing.active.length + standing.leaving.length;
      if (uncounted === 0 && running === 0) {
        set(type, 'True', reason, message);
        if (type === 'Complete') next = { ...next, completionTime: now };
      }
    }
    return conditions.length === 0 ? next : { ...next, conditions };
  }

  #tell(job: Job, { conditions }: batch.JobStatus): void {
    const turned = (type: string, status: string) => {
      const next = findCondition(conditions, type);
      const before = findCondition(job.status?.conditions, type);
      return next?.status === status && before?.status !== status ? next : undefined;
    };
    if (turned('Complete', 'True')) this.#events.event(job, 'Normal', 'Completed', 'Job completed');
    const failed = turned('Failed', 'True');
    if (failed !== undefined) {
      const { reason = '', message = '' } = failed;
      this.#events.event(job, 'Warning', reason, message);
    }
    if (turned('Suspended', 'True'))
      this.#events.event(job, 'Normal', 'Suspended', 'Job suspended');
    if (turned('Suspended', 'False')) this.#events.event(job, 'Normal', 'Resumed', 'Job resumed');
  }

  /** Nothing happens by itself when the deadline is over. */
  #lookAgain(job: Job, status: batch.JobStatus): void {
    const deadline = job.spec.activeDeadlineSeconds;
    if (deadline === undefined || status.startTime === undefined) return;
    const left = Date.parse(status.startTime) + deadline * 1000 - this.#context.clock.now();
    if (left > 0) this.#loop.queue.addAfter(keyOf(job), left);
  }
}

function selects(job: Job, labels: Readonly<Record<string, string>>): boolean {
  const { selector } = job.spec;
  return selector !== undefined && matchesLabels(labelSelectorOf(selector), labels);
}
