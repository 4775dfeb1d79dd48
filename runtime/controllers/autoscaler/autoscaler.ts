/**
 * HorizontalPodAutoscalers: as many replicas as the load asks for, looked at four times a minute.
 * https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/
 */
import { timestamp } from '../../api/clock.ts';
import type { KubeObject } from '../../api/object.ts';
import { matchesLabels, parseLabelSelector } from '../../api/selector.ts';
import type { autoscaling, HorizontalPodAutoscaler, Pod } from '../../api/types.ts';
import type { Resource } from '../../client/client.ts';
import { createEventRecorder, type EventRecorder } from '../../client/events.ts';
import type { Informer } from '../../client/informer.ts';
import { type PodMetrics, podMetrics } from '../../client/resource-metrics.ts';
import {
  at,
  horizontalPodAutoscalers,
  keyOf,
  resourceOfKind,
  splitKey,
} from '../../client/resources.ts';
import { withCondition } from '../kit/conditions.ts';
import type { ControllerContext } from '../kit/context.ts';
import { discover } from '../kit/discover.ts';
import { sameValue } from '../kit/equality.ts';
import { createLoop, type Loop, messageOf } from '../kit/loop.ts';
import { podInformer } from '../kit/pods.ts';
import { updateStatus } from '../kit/status.ts';
import { type History, limit, noteChange } from './limits.ts';
import { MetricError, type Reading, readMetric } from './metrics.ts';

type Status = autoscaling.HorizontalPodAutoscalerStatus;
type Condition = autoscaling.HorizontalPodAutoscalerCondition;

interface Scale extends KubeObject {
  readonly spec: { readonly replicas?: number };
  readonly status: { readonly replicas: number; readonly selector?: string };
}

const periodMs = 15_000;

/** Starts the controller. */
export function runHorizontalPodAutoscalers(context: ControllerContext): void {
  new AutoscalerController(context).start();
}

class AutoscalerController {
  readonly #context: ControllerContext;
  readonly #events: EventRecorder;
  readonly #loop: Loop;
  readonly #autoscalers: Informer<HorizontalPodAutoscaler>;
  readonly #pods: Informer<Pod>;
  readonly #histories = new Map<string, History>();

  constructor(context: ControllerContext) {
    const { client, clock, informers } = context;
    this.#context = context;
    this.#events = createEventRecorder(client, clock, { component: 'horizontal-pod-autoscaler' });
    this.#loop = createLoop(context, 'horizontal-pod-autoscaler');
    this.#autoscalers = informers.for<HorizontalPodAutoscaler>(horizontalPodAutoscalers);
    this.#pods = podInformer(informers);
  }

  start(): void {
    const enqueue = (scaler: HorizontalPodAutoscaler) => this.#loop.queue.add(keyOf(scaler));
    this.#autoscalers.subscribe({
      added: enqueue,
      // Its own writes to the status are no reason to look again.
      updated: (next, previous) => {
        if (!sameValue(next.spec, previous.spec)) enqueue(next);
      },
      deleted: (scaler) => this.#histories.delete(scaler.metadata.uid),
    });
    this.#loop.start([this.#autoscalers, this.#pods], (key) => this.#reconcile(key));
  }

  async #reconcile(key: string): Promise<void> {
    const { name, namespace } = splitKey(key);
    const scaler = this.#autoscalers.get(name, namespace);
    if (scaler === undefined || scaler.metadata.deletionTimestamp !== undefined) return;
    this.#loop.queue.addAfter(key, periodMs);
    const round = new Round(this.#context, scaler);
    try {
      await this.#scale(round, scaler);
    } finally {
      await updateStatus(this.#context.client, horizontalPodAutoscalers, scaler, round.status);
    }
  }

  async #scale(round: Round, scaler: HorizontalPodAutoscaler): Promise<void> {
    const { spec } = scaler;
    const target = await this.#target(round, scaler);
    if (target === undefined) return;
    const { resource, scale } = target;
    const current = scale.spec.replicas ?? 0;
    const min = spec.minReplicas ?? 1;
    const history = this.#history(scaler, current);
    round.say(
      'AbleToScale',
      'True',
      'SucceededGetScale',
      "the HPA controller was able to get the target's current scale",
    );
    round.status.currentReplicas = current;
    if (current === 0 && min !== 0) {
      round.status.desiredReplicas = 0;
      const message = 'scaling is disabled since the replica count of the target is zero';
      round.say('ScalingActive', 'False', 'ScalingDisabled', message);
      return;
    }
    if (current > spec.maxReplicas || current < min) {
      const above = current > spec.maxReplicas;
      const reason = `Current number of replicas ${above ? 'above Spec.MaxReplicas' : 'below Spec.MinReplicas'}`;
      await this.#resize(round, scaler, resource, scale, above ? spec.maxReplicas : min, reason);
      return;
    }
    const wanted = await this.#wanted(round, scaler, scale);
    if (wanted === undefined) return;
    const wish = { current, desired: wanted.replicas, min, max: spec.maxReplicas };
    const nowMs = this.#context.clock.now();
    const decision = limit({ ...wish, behavior: spec.behavior, nowMs }, history);
    round.say('AbleToScale', 'True', decision.able.reason, decision.able.message);
    const { limited, reason, message } = decision.limit;
    round.say('ScalingLimited', limited ? 'True' : 'False', reason, message);
    round.status.desiredReplicas = decision.replicas;
    if (decision.replicas === current) return;
    const why =
      wanted.replicas > current ? `${wanted.name} above target` : 'All metrics below target';
    await this.#resize(round, scaler, resource, scale, decision.replicas, why);
  }

  /** Undefined, and said in the conditions, if there is nothing to scale. */
  async #target(
    round: Round,
    scaler: HorizontalPodAutoscaler,
  ): Promise<{ resource: Resource; scale: Scale } | undefined> {
    const { apiVersion = 'v1', kind, name } = scaler.spec.scaleTargetRef;
    try {
      const resource = await this.#resource(apiVersion, kind);
      const { namespace } = scaler.metadata;
      const scale = await this.#context.client.get<Scale>(at(resource, name, namespace, 'scale'));
      return { resource, scale };
    } catch (error) {
      const why = messageOf(error);
      this.#events.event(scaler, 'Warning', 'FailedGetScale', why);
      const message = `the HPA controller was unable to get the target's current scale: ${why}`;
      round.say('AbleToScale', 'False', 'FailedGetScale', message);
      return undefined;
    }
  }

  async #resource(apiVersion: string, kind: string): Promise<Resource> {
    const known = resourceOfKind(apiVersion, kind);
    if (known !== undefined) return known;
    const [group = ''] = apiVersion.includes('/') ? apiVersion.split('/') : [''];
    const { resources } = await discover(this.#context.client);
    const found = resources.find((other) => other.group === group && other.kind === kind);
    if (found !== undefined) return found;
    throw new Error(`no matches for kind "${kind}" in group "${group}"`);
  }

  /** What the metrics ask for at most; undefined, and said in the conditions, if they say too little. */
  async #wanted(
    round: Round,
    scaler: HorizontalPodAutoscaler,
    scale: Scale,
  ): Promise<Reading | undefined> {
    const selector = scale.status.selector ?? '';
    if (selector === '') {
      this.#events.event(scaler, 'Warning', 'SelectorRequired', 'selector is required');
      const message = "the HPA target's scale is missing a selector";
      round.say('ScalingActive', 'False', 'InvalidSelector', message);
      return undefined;
    }
    const specs = scaler.spec.metrics ?? [];
    const readings: Reading[] = [];
    const failures: MetricError[] = [];
    for (const spec of specs) {
      try {
        readings.push(await readMetric(spec, (name) => this.#facts(scaler, scale, selector, name)));
      } catch (error) {
        if (!(error instanceof MetricError)) throw error;
        failures.push(error);
        this.#events.event(scaler, 'Warning', error.reason, error.message);
      }
    }
    round.status.currentMetrics = readings.map(({ status }) => status);
    const highest = readings.reduce<Reading | undefined>(
      (best, reading) => (best === undefined || reading.replicas > best.replicas ? reading : best),
      undefined,
    );
    const [failure] = failures;
    // What cannot be read might have asked for more: without it nothing is taken away.
    if (failure !== undefined && (highest?.replicas ?? 0) < (scale.spec.replicas ?? 0)) {
      const message = `the HPA was unable to compute the replica count: ${failure.message}`;
      round.say('ScalingActive', 'False', failure.reason, message);
      const whole = `invalid metrics (${failures.length} invalid out of ${specs.length}), first error is: ${failure.message}`;
      this.#events.event(scaler, 'Warning', 'FailedComputeMetricsReplicas', whole);
      return undefined;
    }
    if (highest === undefined) return undefined;
    const message = `the HPA was able to successfully calculate a replica count from ${highest.name}`;
    round.say('ScalingActive', 'True', 'ValidMetricFound', message);
    return highest;
  }

  async #facts(scaler: HorizontalPodAutoscaler, scale: Scale, labelSelector: string, name: string) {
    const { client, clock } = this.#context;
    const { namespace } = scaler.metadata;
    const { items } = await client
      .list<PodMetrics>({ ...podMetrics, ...(namespace && { namespace }) }, { labelSelector })
      .catch((error: unknown) => {
        throw new Error(
          `unable to get metrics for resource ${name}: unable to fetch metrics from resource metrics API: ${messageOf(error)}`,
        );
      });
    if (items.length === 0) {
      throw new Error(
        `unable to get metrics for resource ${name}: no metrics returned from resource metrics API`,
      );
    }
    const selector = parseLabelSelector(labelSelector);
    const pods = this.#pods
      .list(namespace)
      .filter(({ metadata }) => matchesLabels(selector, metadata.labels ?? {}));
    return { current: scale.spec.replicas ?? 0, pods, metrics: items, nowMs: clock.now() };
  }

  async #resize(
    round: Round,
    scaler: HorizontalPodAutoscaler,
    resource: Resource,
    scale: Scale,
    replicas: number,
    reason: string,
  ): Promise<void> {
    const { client, clock } = this.#context;
    const { name, namespace } = { ...scaler.metadata, name: scaler.spec.scaleTargetRef.name };
    const next: Scale = { ...scale, spec: { ...scale.spec, replicas } };
    try {
      await client.update(at(resource, name, namespace, 'scale'), next);
    } catch (error) {
      const why = messageOf(error);
      const text = `New size: ${replicas}; reason: ${reason}; error: ${why}`;
      this.#events.event(scaler, 'Warning', 'FailedRescale', text);
      const message = `the HPA controller was unable to update the target scale: ${why}`;
      round.say('AbleToScale', 'False', 'FailedUpdateScale', message);
      throw error;
    }
    const message = `the HPA controller was able to update the target scale to ${replicas}`;
    round.say('AbleToScale', 'True', 'SucceededRescale', message);
    const text = `New size: ${replicas}; reason: ${reason}`;
    this.#events.event(scaler, 'Normal', 'SuccessfulRescale', text);
    const nowMs = clock.now();
    noteChange(this.#history(scaler, replicas), scale.spec.replicas ?? 0, replicas, nowMs);
    round.status.desiredReplicas = replicas;
    round.status.lastScaleTime = timestamp(nowMs);
  }

  /** At first what there is counts as what was asked for, so that a restart does not shrink anything. */
  #history(scaler: HorizontalPodAutoscaler, current: number): History {
    let history = this.#histories.get(scaler.metadata.uid);
    if (history === undefined) {
      const at = this.#context.clock.now();
      history = { recommendations: [{ at, replicas: current }], ups: [], downs: [] };
      this.#histories.set(scaler.metadata.uid, history);
    }
    return history;
  }
}

/** The status as one look at an autoscaler leaves it. */
class Round {
  readonly status: Status;
  readonly #context: ControllerContext;

  constructor(context: ControllerContext, { status }: HorizontalPodAutoscaler) {
    this.#context = context;
    this.status = { desiredReplicas: 0, currentReplicas: 0, conditions: [], ...status } as Status;
  }

  say(type: string, status: 'True' | 'False', reason: string, message: string): void {
    const condition: Condition = { type, status, reason, message };
    const conditions = this.status.conditions ?? [];
    this.status.conditions = withCondition(conditions, condition, this.#context.clock);
  }
}
