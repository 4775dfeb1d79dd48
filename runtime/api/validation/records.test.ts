import { expect, it } from 'vitest';
import type { KubeObject } from '../object.ts';
import { validateCreate, validateUpdate } from './validate.ts';

it('lets an event of the core group be written through events.k8s.io, but not changed', () => {
  const event = (note: string, labels: Record<string, string>): KubeObject =>
    ({
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: 'started', namespace: 'default', resourceVersion: '7', labels },
      regarding: { kind: 'Pod', namespace: 'default', name: 'web' },
      deprecatedCount: 3,
      deprecatedSource: { component: 'kubelet' },
      type: 'Normal',
      note,
    }) as unknown as KubeObject;
  const before = event('Started', {});
  expect(validateUpdate(event('Started', { seen: 'yes' }), before)).toEqual([]);
  expect(validateUpdate(event('Ended', {}), before)).toMatchObject([{ field: 'note' }]);
  expect(validateCreate(before).map(({ field }) => field)).toContain('eventTime');
});
