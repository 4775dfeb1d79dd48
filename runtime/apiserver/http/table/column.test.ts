import { describe, expect, it } from 'vitest';
import type { UnknownObject } from '../../../api/object.ts';
import type { Pod } from '../../../api/types.ts';
import type { CustomFacts } from '../../custom/custom-kind.ts';
import { duration } from './column.ts';
import { customColumns } from './custom.ts';
import { podStatus } from './pod.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

describe('duration', () => {
  it.each([
    [0, '0s'],
    [119 * second, '119s'],
    [2 * minute, '2m'],
    [3 * minute + 12 * second, '3m12s'],
    [15 * minute + 12 * second, '15m'],
    [179 * minute, '179m'],
    [5 * hour + 2 * minute, '5h2m'],
    [47 * hour, '47h'],
    [2 * day + 4 * hour, '2d4h'],
    [87 * day + 4 * hour, '87d'],
    [744 * day, '2y14d'],
  ])('%d ms is %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });
});

describe('the status of a pod', () => {
  const pod = (rest: object, meta: object = {}) =>
    ({
      metadata: { name: 'p', ...meta },
      spec: { containers: [{ name: 'c' }], initContainers: [{ name: 'i' }, { name: 'j' }] },
      status: { phase: 'Pending', ...rest },
    }) as unknown as Pod;

  it('is the reason why a container waits', () => {
    const waiting = { state: { waiting: { reason: 'ImagePullBackOff' } } };
    const initialized = { type: 'Initialized', status: 'True' };
    const status = { containerStatuses: [waiting], conditions: [initialized] };
    expect(podStatus(pod(status))).toBe('ImagePullBackOff');
  });

  it('counts init containers', () => {
    const done = { name: 'i', state: { terminated: { exitCode: 0 } } };
    const running = { name: 'j', state: { running: {} } };
    expect(podStatus(pod({ initContainerStatuses: [done, running] }))).toBe('Init:1/2');
    const failed = { name: 'i', state: { terminated: { exitCode: 3 } } };
    expect(podStatus(pod({ initContainerStatuses: [failed] }))).toBe('Init:ExitCode:3');
  });

  it('says that it goes', () => {
    const going = { deletionTimestamp: '2026-01-01T00:00:00Z' };
    expect(podStatus(pod({ phase: 'Running' }, going))).toBe('Terminating');
    expect(podStatus(pod({ phase: 'Running', reason: 'NodeLost' }, going))).toBe('Unknown');
  });
});

it('a custom column with nothing to show is null, as in the original', () => {
  const printerColumns = [
    { name: 'Size', type: 'integer', jsonPath: '.spec.size' },
    { name: 'Ready', type: 'string', jsonPath: '.status.ready' },
  ];
  const columns = customColumns({ printerColumns } as unknown as CustomFacts);
  const object = { metadata: { name: 'one' }, spec: { size: 'many' } } as unknown as UnknownObject;
  expect(columns.map((column) => column.cell(object, 0))).toEqual(['one', null, null]);
});
