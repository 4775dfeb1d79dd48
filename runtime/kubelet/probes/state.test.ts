import { describe, expect, it } from 'vitest';
import { advance, initialState, type ProbeState } from './state.ts';

const run = (state: ProbeState, outcomes: string, thresholds: object) =>
  [...outcomes].map((letter) => {
    state = advance(state, letter === 's' ? 'success' : 'failure', thresholds);
    return state.verdict;
  });

describe('probe verdicts', () => {
  it('begin alive and not ready', () => {
    expect(initialState('liveness').verdict).toBe('success');
    expect(initialState('readiness').verdict).toBe('failure');
    expect(initialState('startup').verdict).toBe('unknown');
  });

  it('change after as many outcomes in a row as the threshold says', () => {
    expect(run(initialState('liveness'), 'ffsfff', { failureThreshold: 3 })).toEqual([
      'success',
      'success',
      'success',
      'success',
      'success',
      'failure',
    ]);
    expect(
      run(initialState('readiness'), 'ssf', { successThreshold: 2, failureThreshold: 1 }),
    ).toEqual(['failure', 'success', 'failure']);
  });
});
