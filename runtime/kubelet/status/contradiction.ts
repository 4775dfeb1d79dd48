/**
 * Whether somebody else has written over what the kubelet said of a pod, and when to say it again. Two
 * writers of one mind each must not talk for ever: the pauses grow while the other goes on.
 */
import type { core } from '../../api/types.ts';

/** Before it is said again for the first time: what was seen may be on its way to be put right. */
const firstMs = 1_000;
const leastMs = 10_000;
const mostMs = 300_000;

const listed = [
  'containerStatuses',
  'initContainerStatuses',
  'ephemeralContainerStatuses',
  'podIPs',
  'hostIPs',
] as const;
const plain = ['phase', 'reason', 'message', 'podIP', 'hostIP', 'startTime'] as const;

/**
 * True if `seen` says something else than `told` where the kubelet has the word: conditions of others
 * are theirs. Both as the server has them, so that its defaults make no difference. Pure.
 */
export function contradicts(seen: core.PodStatus, told: core.PodStatus): boolean {
  for (const field of [...plain, ...listed]) {
    if (told[field] !== undefined && JSON.stringify(seen[field]) !== JSON.stringify(told[field])) {
      return true;
    }
  }
  return ownConditions(told).some(({ type, status, reason, message }) => {
    const other = seen.conditions?.find((condition) => condition.type === type);
    return other?.status !== status || other.reason !== reason || other.message !== message;
  });
}

const ownTypes: readonly string[] = [
  'PodReadyToStartContainers',
  'Initialized',
  'Ready',
  'ContainersReady',
];

function ownConditions({ conditions = [] }: core.PodStatus): core.PodCondition[] {
  return conditions.filter(({ type }) => ownTypes.includes(type));
}

/** When a pod's status may be said again: a second after the first contradiction, then ever later. */
export class Patience {
  #last = Number.NEGATIVE_INFINITY;
  #pause = leastMs;

  /** Milliseconds from `now` until it may be said again. */
  left(now: number): number {
    return Math.max(firstMs, this.#last + this.#pause - now);
  }

  /** It has been said again. */
  spent(now: number): void {
    const calm = now - this.#last > 2 * mostMs;
    this.#pause = calm ? leastMs : Math.min(mostMs, this.#pause * 2);
    this.#last = now;
  }
}
