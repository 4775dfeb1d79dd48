/** Conditions of a status: lists keyed by type, with the time of the last change of status. */
import { type Clock, timestamp } from '../../api/clock.ts';

/** What the conditions of all workload kinds have in common. */
export interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
  lastUpdateTime?: string;
}

export function findCondition<C extends Condition>(
  conditions: readonly C[] | undefined,
  type: string,
): C | undefined {
  return conditions?.find((condition) => condition.type === type);
}

export function isTrue(conditions: readonly Condition[] | undefined, type: string): boolean {
  return findCondition(conditions, type)?.status === 'True';
}

export function withoutCondition<C extends Condition>(
  conditions: readonly C[] | undefined,
  type: string,
): C[] {
  return (conditions ?? []).filter((condition) => condition.type !== type);
}

/**
 * The list with `next` in place of the condition of its type. The transition time stays while the
 * status does. Nothing changes if status, reason and message are what they were.
 */
export function withCondition<C extends Condition>(
  conditions: readonly C[] | undefined,
  next: C,
  clock: Clock,
): C[] {
  const current = findCondition(conditions, next.type);
  if (
    current !== undefined &&
    current.status === next.status &&
    current.reason === next.reason &&
    current.message === next.message
  ) {
    return [...(conditions ?? [])];
  }
  const lastTransitionTime =
    current?.status === next.status && current.lastTransitionTime !== undefined
      ? current.lastTransitionTime
      : timestamp(clock.now());
  const stamped = { ...next, lastTransitionTime };
  return current === undefined
    ? [...(conditions ?? []), stamped]
    : (conditions ?? []).map((condition) => (condition.type === next.type ? stamped : condition));
}
