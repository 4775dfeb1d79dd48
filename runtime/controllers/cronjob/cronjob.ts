/**
 * CronJobs: make a Job whenever the schedule says so.
 * https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/
 */
import { timestamp } from '../../api/clock.ts';
import { controllerOf, type UnknownObject } from '../../api/object.ts';
import { isApiError } from '../../api/status.ts';
import type { CronJob, core, Job } from '../../api/types.ts';
import { createEventRecorder, type EventRecorder } from '../../client/events.ts';
import type { Informer } from '../../client/informer.ts';
import { at, cronJobs, jobs, keyOf, splitKey } from '../../client/resources.ts';
import { isTerminatingNamespace } from '../../client/terminating.ts';
import { isTrue } from '../kit/conditions.ts';
import type { ControllerContext } from '../kit/context.ts';
import { createLoop, type Loop, messageOf, tolerate } from '../kit/loop.ts';
import { controllerReference } from '../kit/ownership.ts';
import { byAge, createdAt } from '../kit/pods.ts';
import { updateStatus } from '../kit/status.ts';
import { findDue, parseSchedule } from './schedule.ts';

/** Starts the controller. */
export function runCronJobs(context: ControllerContext): void {
  new CronJobController(context).start();
}

class CronJobController {
  readonly #context: ControllerContext;
  readonly #events: EventRecorder;
  readonly #loop: Loop;
  readonly #crons: Informer<CronJob>;
  readonly #jobs: Informer<Job>;

  constructor(context: ControllerContext) {
    const { client, clock, informers } = context;
    this.#context = context;
    this.#events = createEventRecorder(client, clock, { component: 'cronjob-controller' });
    this.#loop = createLoop(context, 'cronjob');
    this.#crons = informers.for<CronJob>(cronJobs);
    this.#jobs = informers.for<Job>(jobs, {
      indexes: {
        uid: ({ metadata }) => [metadata.uid],
        controller: (job) => [controllerOf(job)?.uid ?? ''],
      },
    });
  }

  start(): void {
    const enqueue = (cron: CronJob) => this.#loop.queue.add(keyOf(cron));
    this.#crons.subscribe({ added: enqueue, updated: enqueue });
    const enqueueOwner = (job: Job) => {
      const owner = controllerOf(job);
      if (owner?.kind !== 'CronJob') return;
      const { namespace } = job.metadata;
      this.#loop.queue.add(keyOf({ metadata: { name: owner.name, namespace } }));
    };
    this.#jobs.subscribe({ added: enqueueOwner, updated: enqueueOwner, deleted: enqueueOwner });
    this.#loop.start([this.#crons, this.#jobs], (key) => this.#reconcile(key));
  }

  async #reconcile(key: string): Promise<void> {
    const { name, namespace } = splitKey(key);
    const cached = this.#crons.get(name, namespace);
    if (cached === undefined || cached.metadata.deletionTimestamp !== undefined) return;
    const own = this.#jobs.byIndex('controller', cached.metadata.uid);
    const cron = await this.#followJobs(cached, own);
    await this.#trimHistory(cron, own);
    if (cron.spec.suspend === true) return;
    const next = await this.#startIfDue(cron, own);
    // A little late rather than a little early: then the time has surely come.
    if (next !== undefined) {
      this.#loop.queue.addAfter(key, Math.max(0, next - this.#context.clock.now()) + 100);
    }
  }

  /** Brings `status.active` in line with the Jobs, and notes the last success. */
  async #followJobs(cron: CronJob, own: readonly Job[]): Promise<CronJob> {
    let active: core.ObjectReference[] = cron.status?.active ?? [];
    let { lastSuccessfulTime } = cron.status ?? {};
    for (const job of own) {
      const listed = active.some(({ uid }) => uid === job.metadata.uid);
      const end = endOf(job);
      if (end === undefined && !listed) active = [...active, referenceTo(job)];
      if (end === undefined || !listed) continue;
      active = active.filter(({ uid }) => uid !== job.metadata.uid);
      const message = `Saw completed job: ${job.metadata.name}, condition: ${end}`;
      this.#events.event(cron, 'Normal', 'SawCompletedJob', message);
      const { completionTime } = job.status ?? {};
      const later = (lastSuccessfulTime ?? '') < (completionTime ?? '');
      if (end === 'Complete' && later) lastSuccessfulTime = completionTime;
    }
    const there = new Set(own.map(({ metadata }) => metadata.uid));
    for (const reference of active) {
      if (there.has(reference.uid ?? '') || (await this.#exists(cron, reference))) continue;
      active = active.filter(({ uid }) => uid !== reference.uid);
      const message = `Active job went missing: ${reference.name}`;
      this.#events.event(cron, 'Normal', 'MissingJob', message);
    }
    return updateStatus(this.#context.client, cronJobs, cron, {
      ...cron.status,
      active,
      ...(lastSuccessfulTime === undefined ? {} : { lastSuccessfulTime }),
    });
  }

  /** The cache may not have it yet. */
  async #exists(cron: CronJob, reference: core.ObjectReference): Promise<boolean> {
    const target = at(jobs, reference.name ?? '', cron.metadata.namespace);
    const job = await tolerate(this.#context.client.get(target), 'NotFound');
    return job?.metadata.uid === reference.uid;
  }

  async #trimHistory(cron: CronJob, own: readonly Job[]): Promise<void> {
    const { successfulJobsHistoryLimit = 3, failedJobsHistoryLimit = 1 } = cron.spec;
    const trim = async (end: string, limit: number) => {
      const ended = own.filter((job) => endOf(job) === end).sort(byAge);
      for (const job of ended.slice(0, Math.max(0, ended.length - limit))) {
        await this.#delete(cron, job.metadata.name);
      }
    };
    await trim('Complete', successfulJobsHistoryLimit);
    await trim('Failed', failedJobsHistoryLimit);
  }

  async #delete(cron: CronJob, name: string): Promise<void> {
    const target = at(jobs, name, cron.metadata.namespace);
    const options = { propagationPolicy: 'Background' } as const;
    await tolerate(this.#context.client.delete(target, options), 'NotFound');
    this.#events.event(cron, 'Normal', 'SuccessfulDelete', `Deleted job ${name}`);
  }

  /** Gives the time at which to look again, in ms since the epoch. */
  async #startIfDue(cron: CronJob, own: readonly Job[]): Promise<number | undefined> {
    const now = this.#context.clock.now();
    const due = this.#dueTime(cron, now);
    if (due === undefined || due.at === undefined) return due?.next;
    const { at: scheduled, next } = due;
    const { startingDeadlineSeconds: deadline, concurrencyPolicy = 'Allow' } = cron.spec;
    if (deadline !== undefined && scheduled + deadline * 1000 < now) {
      const message = `Missed scheduled time to start a job: ${new Date(scheduled).toUTCString()}`;
      this.#events.event(cron, 'Warning', 'MissSchedule', message);
      return next;
    }
    const name = `${cron.metadata.name}-${Math.floor(scheduled / 60_000)}`;
    if (own.some((job) => job.metadata.name === name)) return next;
    const active = cron.status?.active ?? [];
    if (concurrencyPolicy === 'Forbid' && active.length > 0) {
      const message =
        'Not starting job because prior execution is running and concurrency policy is Forbid';
      this.#events.event(cron, 'Normal', 'JobAlreadyActive', message);
      return next;
    }
    let running = active;
    if (concurrencyPolicy === 'Replace') {
      for (const { name: old = '' } of active) await this.#delete(cron, old);
      running = [];
    }
    await this.#createJob(cron, name, scheduled, running);
    return next;
  }

  #dueTime(cron: CronJob, now: number) {
    const { schedule, timeZone, startingDeadlineSeconds } = cron.spec;
    let since = Date.parse(cron.status?.lastScheduleTime ?? '') || createdAt(cron);
    if (startingDeadlineSeconds !== undefined) {
      since = Math.max(since, now - startingDeadlineSeconds * 1000);
    }
    try {
      const due = findDue(parseSchedule(schedule, timeZone), since, now);
      if (due.tooManyMissed) {
        const message =
          'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew';
        this.#events.event(cron, 'Warning', 'TooManyMissedTimes', message);
      }
      return due;
    } catch (error) {
      const message = `unparseable schedule: ${schedule} : ${messageOf(error)}`;
      this.#events.event(cron, 'Warning', 'UnparseableSchedule', message);
      return undefined;
    }
  }

  async #createJob(
    cron: CronJob,
    name: string,
    scheduled: number,
    running: core.ObjectReference[],
  ): Promise<void> {
    const { client } = this.#context;
    const { namespace } = cron.metadata;
    const { metadata, spec } = cron.spec.jobTemplate;
    const when = timestamp(scheduled);
    const object: UnknownObject = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: {
        name,
        namespace,
        labels: { ...metadata?.labels },
        annotations: {
          ...metadata?.annotations,
          'batch.kubernetes.io/cronjob-scheduled-timestamp': when,
        },
        ownerReferences: [controllerReference(cron)],
      },
      spec,
    };
    let job: Job;
    try {
      job = await client.create<Job>({ ...jobs, namespace }, object);
      this.#events.event(cron, 'Normal', 'SuccessfulCreate', `Created job ${name}`);
    } catch (error) {
      if (isTerminatingNamespace(error)) return;
      if (!isApiError(error, 'AlreadyExists')) {
        const message = `Error creating job: ${messageOf(error)}`;
        this.#events.event(cron, 'Warning', 'FailedCreate', message);
        throw error;
      }
      job = await client.get<Job>(at(jobs, name, namespace));
      if (controllerOf(job)?.uid !== cron.metadata.uid) throw error;
    }
    const active = [...running, referenceTo(job)];
    await updateStatus(client, cronJobs, cron, { ...cron.status, active, lastScheduleTime: when });
  }
}

function endOf(job: Job): 'Complete' | 'Failed' | undefined {
  if (isTrue(job.status?.conditions, 'Complete')) return 'Complete';
  return isTrue(job.status?.conditions, 'Failed') ? 'Failed' : undefined;
}

function referenceTo({ apiVersion, kind, metadata }: Job): core.ObjectReference {
  const { name, namespace, uid, resourceVersion } = metadata;
  return { apiVersion, kind, name, namespace, uid, resourceVersion };
}
