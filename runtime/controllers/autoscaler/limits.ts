/**
 * How far and how fast a workload may go towards what its metrics ask for: within its bounds, no
 * faster than its policies allow, and not back and forth (stabilization).
 * https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#configurable-scaling-behavior
 */
import type { autoscaling } from '../../api/types.ts';

type Behavior = autoscaling.HorizontalPodAutoscalerBehavior;
type Rules = autoscaling.HPAScalingRules;

/** What has been asked for and done, in milliseconds since the epoch; kept between decisions. */
export interface History {
  recommendations: { at: number; replicas: number }[];
  ups: { at: number; change: number }[];
  downs: { at: number; change: number }[];
}

export interface Wish {
  readonly current: number;
  readonly desired: number;
  readonly min: number;
  readonly max: number;
  readonly behavior: Behavior | undefined;
  readonly nowMs: number;
}

interface Said {
  readonly reason: string;
  readonly message: string;
}

export interface Decision {
  readonly replicas: number;
  /** For the condition AbleToScale. */
  readonly able: Said;
  /** For the condition ScalingLimited, and whether it holds. */
  readonly limit: Said & { readonly limited: boolean };
}

const downWindowSeconds = 300;

/** Decides, and notes the wish in the history. */
export function limit(wish: Wish, history: History): Decision {
  const stable = stabilize(wish, history);
  const able =
    stable === wish.desired
      ? { reason: 'ReadyForNewScale', message: 'recommended size matches current size' }
      : stabilized[wish.desired >= wish.current ? 'up' : 'down'];
  const bounded = bound({ ...wish, desired: stable }, history);
  return { replicas: bounded.replicas, able, limit: bounded };
}

/** Notes a change, for policies that count them. */
export function noteChange(history: History, from: number, to: number, nowMs: number): void {
  const longestMs = 1800_000;
  const list = to > from ? history.ups : history.downs;
  const kept = list.filter(({ at }) => at > nowMs - longestMs);
  list.splice(0, list.length, ...kept, { at: nowMs, change: Math.abs(to - from) });
}

const stabilized = {
  up: {
    reason: 'ScaleUpStabilized',
    message:
      'recent recommendations were lower than current one, applying the lowest recent recommendation',
  },
  down: {
    reason: 'ScaleDownStabilized',
    message:
      'recent recommendations were higher than current one, applying the highest recent recommendation',
  },
};

function stabilize({ current, desired, behavior, nowMs }: Wish, history: History): number {
  const upMs = (behavior?.scaleUp?.stabilizationWindowSeconds ?? 0) * 1000;
  const downMs = (behavior?.scaleDown?.stabilizationWindowSeconds ?? downWindowSeconds) * 1000;
  let [up, down] = [desired, desired];
  for (const { at, replicas } of history.recommendations) {
    if (at > nowMs - upMs) up = Math.min(up, replicas);
    if (at > nowMs - downMs) down = Math.max(down, replicas);
  }
  history.recommendations = [
    ...history.recommendations.filter(({ at }) => at > nowMs - Math.max(upMs, downMs)),
    { at: nowMs, replicas: desired },
  ];
  return Math.min(Math.max(current, up), down);
}

function bound(wish: Wish, history: History): Said & { replicas: number; limited: boolean } {
  const { current, desired, min, max } = wish;
  if (desired > current) {
    const fastest = Math.max(current, upLimit(wish, history));
    const [most, said] = max > fastest ? [fastest, reasons.upLimit] : [max, reasons.tooMany];
    if (desired > most) return { replicas: most, limited: true, ...said };
  } else if (desired < current) {
    const fastest = Math.min(current, downLimit(wish, history));
    const [least, said] = min < fastest ? [fastest, reasons.downLimit] : [min, reasons.tooFew];
    if (desired < least) return { replicas: least, limited: true, ...said };
  }
  // Without a change the bounds still hold: they may have been moved.
  if (desired < min) return { replicas: min, limited: true, ...reasons.tooFew };
  if (desired > max) return { replicas: max, limited: true, ...reasons.tooMany };
  return { replicas: desired, limited: false, ...reasons.within };
}

const reasons = {
  upLimit: {
    reason: 'ScaleUpLimit',
    message: 'the desired replica count is increasing faster than the maximum scale rate',
  },
  tooMany: {
    reason: 'TooManyReplicas',
    message: 'the desired replica count is more than the maximum replica count',
  },
  downLimit: {
    reason: 'ScaleDownLimit',
    message: 'the desired replica count is decreasing faster than the maximum scale rate',
  },
  tooFew: {
    reason: 'TooFewReplicas',
    message: 'the desired replica count is less than the minimum replica count',
  },
  within: {
    reason: 'DesiredWithinRange',
    message: 'the desired count is within the acceptable range',
  },
};

function upLimit({ current, behavior, nowMs }: Wish, history: History): number {
  const rules = behavior?.scaleUp;
  // Without rules a workload may double, and small ones may reach four.
  if (rules?.policies === undefined) return Math.max(2 * current, 4);
  return chosen(rules, current, 'up', ({ type, value, periodSeconds }) => {
    const start = current - net(history, periodSeconds, nowMs);
    return type === 'Pods' ? start + value : Math.ceil(start * (1 + value / 100));
  });
}

function downLimit({ current, behavior, nowMs }: Wish, history: History): number {
  const rules = behavior?.scaleDown;
  if (rules?.policies === undefined) return 0;
  return chosen(rules, current, 'down', ({ type, value, periodSeconds }) => {
    const start = current - net(history, periodSeconds, nowMs);
    return type === 'Pods' ? start - value : Math.trunc(start * (1 - value / 100));
  });
}

/** `Max` is the largest change, `Min` the smallest. */
function chosen(
  { selectPolicy, policies = [] }: Rules,
  current: number,
  way: 'up' | 'down',
  limitOf: (policy: autoscaling.HPAScalingPolicy) => number,
): number {
  if (selectPolicy === 'Disabled' || policies.length === 0) return current;
  const limits = policies.map(limitOf);
  return (selectPolicy === 'Min') === (way === 'up') ? Math.min(...limits) : Math.max(...limits);
}

/** Replicas added less those removed within the last seconds. */
function net({ ups, downs }: History, periodSeconds: number, nowMs: number): number {
  const since = nowMs - periodSeconds * 1000;
  const within = (list: History['ups']) =>
    list.reduce((total, { at, change }) => (at > since ? total + change : total), 0);
  return within(ups) - within(downs);
}
