/** When a probe's outcomes change the verdict on a container. Pure. */
import type { core } from '../../api/types.ts';

export type ProbeKind = 'startup' | 'liveness' | 'readiness';
export type Verdict = 'unknown' | 'success' | 'failure';

export interface ProbeState {
  readonly verdict: Verdict;
  readonly last: 'success' | 'failure' | undefined;
  /** How often in a row the last outcome has been seen. */
  readonly streak: number;
}

/** A container is taken for alive and for not ready until probes say otherwise. */
export function initialState(kind: ProbeKind): ProbeState {
  const verdict = { startup: 'unknown', liveness: 'success', readiness: 'failure' } as const;
  return { verdict: verdict[kind], last: undefined, streak: 0 };
}

/** The verdict changes once the outcome has been seen as often as its threshold says. */
export function advance(
  state: ProbeState,
  outcome: 'success' | 'failure',
  { successThreshold = 1, failureThreshold = 3 }: core.Probe,
): ProbeState {
  const streak = state.last === outcome ? state.streak + 1 : 1;
  const threshold = outcome === 'success' ? successThreshold : failureThreshold;
  return { verdict: streak >= threshold ? outcome : state.verdict, last: outcome, streak };
}
