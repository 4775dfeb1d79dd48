import { describe, expect, it } from 'vitest';
import type { Deployment, Pod } from '../../runtime/api/types.ts';
import { age, podSummary, readyContainers, workloadSummary } from './status.ts';

function pod(status: object, spec: object = {}, metadata: object = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'default', uid: 'u', resourceVersion: '1', ...metadata },
    spec: { containers: [{ name: 'app', image: 'app' }], ...spec },
    status,
  } as unknown as Pod;
}

const ready = [{ type: 'Ready', status: 'True' }];

describe('podSummary', () => {
  it('is well when the pod runs and is ready', () => {
    const status = {
      phase: 'Running',
      conditions: ready,
      containerStatuses: [{ name: 'app', ready: true, restartCount: 0, state: { running: {} } }],
    };
    expect(podSummary(pod(status))).toEqual({ level: 'ok', text: 'Running' });
    expect(readyContainers(pod(status))).toBe('1/1');
  });

  it('says why a container does not come up', () => {
    const summary = podSummary(
      pod({
        phase: 'Running',
        containerStatuses: [
          {
            name: 'app',
            ready: false,
            restartCount: 3,
            state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s restarting' } },
            lastState: { terminated: { exitCode: 2, reason: 'Error' } },
          },
        ],
      }),
    );
    expect(summary).toEqual({
      level: 'error',
      text: 'CrashLoopBackOff',
      reason: 'app: back-off 40s restarting; last exit code 2 (Error)',
    });
  });

  it('warns of a pod that fits nowhere, in the words of the scheduler', () => {
    const message = '0/1 nodes are available: 1 Insufficient cpu.';
    const summary = podSummary(
      pod({
        phase: 'Pending',
        conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }],
      }),
    );
    expect(summary).toEqual({ level: 'warning', text: 'Pending', reason: message });
  });

  it('counts init containers and does not wait for sidecars that have started', () => {
    const spec = {
      initContainers: [
        { name: 'proxy', image: 'p', restartPolicy: 'Always' },
        { name: 'migrate', image: 'm' },
      ],
    };
    const summary = podSummary(
      pod(
        {
          phase: 'Pending',
          initContainerStatuses: [
            { name: 'proxy', started: true, ready: true, state: { running: {} } },
            { name: 'migrate', started: true, ready: false, state: { running: {} } },
          ],
        },
        spec,
      ),
    );
    expect(summary).toEqual({ level: 'busy', text: 'Init:1/2' });
  });

  it('calls a pod that is being deleted Terminating, whatever its containers do', () => {
    const summary = podSummary(
      pod(
        { phase: 'Running', conditions: ready },
        {},
        { deletionTimestamp: '2026-01-01T00:00:00Z' },
      ),
    );
    expect(summary).toEqual({ level: 'off', text: 'Terminating' });
  });
});

describe('workloadSummary', () => {
  const deployment = (spec: object, status: object, generation = 1): Deployment =>
    ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', generation },
      spec,
      status,
    }) as unknown as Deployment;

  it('is busy while the controller has not seen the newest generation', () => {
    const status = { observedGeneration: 1, replicas: 2, updatedReplicas: 2, readyReplicas: 2 };
    expect(workloadSummary(deployment({ replicas: 2 }, status, 2)).level).toBe('busy');
    expect(workloadSummary(deployment({ replicas: 2 }, status, 1)).level).toBe('ok');
  });

  it('has failed when the progress deadline is over', () => {
    const conditions = [
      {
        type: 'Progressing',
        status: 'False',
        reason: 'ProgressDeadlineExceeded',
        message: 'timed out',
      },
    ];
    expect(workloadSummary(deployment({ replicas: 2 }, { conditions }))).toEqual({
      level: 'error',
      text: '0/2',
      reason: 'timed out',
    });
  });
});

describe('age', () => {
  it('grows coarser as time goes by', () => {
    const start = '2026-01-01T00:00:00Z';
    const at = (seconds: number) => age(start, Date.parse(start) + seconds * 1000);
    expect([at(5), at(119), at(120), at(3 * 3600 + 1200), at(50 * 3600)]).toEqual([
      '5s',
      '119s',
      '2m',
      '3h20m',
      '2d',
    ]);
  });
});
