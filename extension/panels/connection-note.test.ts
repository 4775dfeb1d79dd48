import { describe, expect, it } from 'vitest';
import type { Session } from '../clusters/session.ts';
import { disconnectionOf } from './connection-note.ts';

const session = { context: 'prod' } as Session;

describe('disconnectionOf', () => {
  it('says nothing while the context of the panel is connected', () => {
    expect(disconnectionOf({ state: 'connected', session }, 'prod', 'prod')).toBeUndefined();
  });

  it('offers to go back to a context that is no longer the selected one', () => {
    expect(disconnectionOf({ state: 'connected', session }, 'prod', 'staging')).toEqual({
      text: 'This follows the context "staging"; the selected one is "prod".',
      action: 'Select staging',
      remedy: 'select',
    });
  });

  it('offers what helps where the selected one does not answer or does not run', () => {
    const lost = { state: 'unreachable', reason: 'connection refused', isRetried: true } as const;
    expect(disconnectionOf(lost, 'prod', 'prod')).toMatchObject({
      text: expect.stringContaining('connection refused'),
      remedy: 'reconnect',
    });
    expect(disconnectionOf({ state: 'stopped' }, 'prod', 'prod')).toMatchObject({
      remedy: 'start',
    });
    expect(disconnectionOf({ state: 'connecting' }, 'prod', 'prod')?.action).toBeUndefined();
  });
});
