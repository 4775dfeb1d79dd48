import { describe, expect, it } from 'vitest';
import type { core, Pod } from '../../api/types.ts';
import type { ContainerInfo } from '../../engine/engine.ts';
import { arrange } from '../pods/runtime-state.ts';
import { endedOf, infoOf, podOf } from '../testing/fixtures.ts';
import { podStatus, type StatusFacts } from './pod-status.ts';
import { patchOf } from './writer.ts';

const sandbox = infoOf('sandbox', 'POD');

function statusOf(pod: Pod, containers: ContainerInfo[], more: Partial<StatusFacts> = {}) {
  return podStatus({
    pod,
    runtime: arrange(containers),
    waiting: new Map(),
    ready: ({ state }) => state === 'running',
    started: ({ state }) => state === 'running',
    message: () => undefined,
    given: () => undefined,
    resize: { pendingResize: undefined, resizing: false, resizeError: undefined },
    verdict: undefined,
    ending: false,
    previous: pod.status ?? {},
    nodeAddress: '10.244.0.2',
    simulated: false,
    now: Date.UTC(2026, 0, 1),
    ...more,
  });
}

const condition = ({ conditions }: core.PodStatus, type: string) =>
  conditions?.find((each) => each.type === type);

describe('the status of a pod', () => {
  it('waits for its containers first', () => {
    const status = statusOf(podOf('web', {}), []);
    expect(status).toMatchObject({
      phase: 'Pending',
      startTime: '2026-01-01T00:00:00Z',
      containerStatuses: [
        {
          state: { waiting: { reason: 'ContainerCreating' } },
          ready: false,
          started: false,
          restartCount: 0,
          image: 'a:1',
          imageID: '',
        },
      ],
    });
    expect(status.podIP).toBeUndefined();
    expect(condition(status, 'Ready')).toMatchObject({
      status: 'False',
      reason: 'ContainersNotReady',
      message: 'containers with unready status: [app]',
    });
    expect(condition(status, 'PodScheduled')?.status).toBe('True');
  });

  it('keeps the end of an ephemeral container that the engine has no more', () => {
    const name = 'look';
    const spec = { ephemeralContainers: [{ name, image: 'a:1' }] as core.EphemeralContainer[] };
    const ended = { exitCode: 0, reason: 'Completed', containerID: 'docker://1' };
    const told = (state: core.ContainerState) =>
      ({
        ephemeralContainerStatuses: [{ name, state, containerID: 'docker://1' }],
      }) as core.PodStatus;
    const [after] =
      statusOf(podOf('web', spec, told({ terminated: ended })), [sandbox])
        .ephemeralContainerStatuses ?? [];
    expect(after?.state?.terminated).toEqual(ended);
    const [cutOff] =
      statusOf(podOf('web', spec, told({ running: {} })), [sandbox]).ephemeralContainerStatuses ??
      [];
    expect(cutOff?.state?.terminated).toMatchObject({
      exitCode: 137,
      reason: 'ContainerStatusUnknown',
    });
  });

  it('has not failed while all of it starts anew', () => {
    const rule = { action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [42] } };
    const containers = [
      { name: 'app', image: 'a:1', restartPolicyRules: [rule] } as core.Container,
      { name: 'other', image: 'a:1' },
    ];
    const pod = podOf('web', { restartPolicy: 'Never', containers });
    const cause = { ...endedOf('app', 42), createdAt: 3, finishedAt: 10 };
    const other = { ...infoOf('container', 'other'), createdAt: 3 };
    const ending = statusOf(pod, [sandbox, cause, other]);
    expect(ending.phase).toBe('Running');
    expect(condition(ending, 'AllContainersRestarting')?.status).toBe('True');
    const killed = { ...endedOf('other', 137), createdAt: 3, finishedAt: 11 };
    const beginning = statusOf(pod, [sandbox, cause, killed]);
    expect(beginning.phase).toBe('Running');
    expect(condition(beginning, 'AllContainersRestarting')?.status).toBe('False');
    expect(statusOf(pod, [sandbox, { ...cause, exitCode: 1 }, killed]).phase).toBe('Failed');
  });

  it('says which init container is not done', () => {
    const pod = podOf('web', { initContainers: [{ name: 'one', image: 'a:1' }] });
    const status = statusOf(pod, [sandbox, infoOf('container', 'one')]);
    expect(status.phase).toBe('Pending');
    expect(status.containerStatuses?.[0]?.state).toEqual({
      waiting: { reason: 'PodInitializing' },
    });
    expect(condition(status, 'Initialized')).toMatchObject({
      status: 'False',
      reason: 'ContainersNotInitialized',
      message: 'containers with incomplete status: [one]',
    });
    const done = statusOf(pod, [sandbox, endedOf('one', 0)]);
    expect(condition(done, 'Initialized')?.status).toBe('True');
    expect(done.initContainerStatuses?.[0]).toMatchObject({ ready: true, started: false });
  });

  it('shows the run that ended as the last state while it waits to run again', () => {
    const waiting = new Map([['app', { reason: 'CrashLoopBackOff', message: 'back-off 10s' }]]);
    const ended = endedOf('app', 3, { attempt: 2 });
    const status = statusOf(podOf('web', {}), [sandbox, ended], { waiting });
    expect(status.phase).toBe('Running');
    expect(status.containerStatuses?.[0]).toMatchObject({
      state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s' } },
      lastState: { terminated: { exitCode: 3, reason: 'Error', containerID: 'docker://app-2' } },
      restartCount: 2,
    });
  });

  it('keeps the last state that the API remembers when the engine has forgotten it', () => {
    const terminated = {
      exitCode: 9,
      reason: 'Error',
      startedAt: '2026-01-01T00:00:00Z',
      finishedAt: '2026-01-01T00:00:01Z',
      containerID: 'docker://old',
    };
    const previous = {
      containerStatuses: [
        {
          name: 'app',
          image: 'a:1',
          imageID: '',
          ready: true,
          restartCount: 1,
          lastState: { terminated },
        },
      ],
    };
    const run = infoOf('container', 'app', { attempt: 1 });
    const status = statusOf(podOf('web', {}, previous), [sandbox, run]);
    expect(status.containerStatuses?.[0]?.lastState).toEqual({ terminated });
  });

  it.each([
    ['Never', [0], 'Succeeded'],
    ['Never', [0, 1], 'Failed'],
    ['OnFailure', [1], 'Running'],
    ['OnFailure', [0], 'Succeeded'],
    ['Always', [0], 'Running'],
  ])('%s after exit codes %j is %s', (restartPolicy, codes, phase) => {
    const containers = codes.map((_, index) => ({ name: `c${index}`, image: 'a:1' }));
    const runs = codes.map((code, index) => endedOf(`c${index}`, code));
    expect(statusOf(podOf('job', { restartPolicy, containers }), [sandbox, ...runs]).phase).toBe(
      phase,
    );
  });

  it('is failed or succeeded at the end, whatever the policy', () => {
    const pod = podOf('web', {});
    expect(statusOf(pod, [endedOf('app', 143)], { ending: true }).phase).toBe('Failed');
    expect(statusOf(pod, [endedOf('app', 0)], { ending: true }).phase).toBe('Succeeded');
  });

  it('keeps its address and times once told', () => {
    const pod = podOf('job', { restartPolicy: 'Never' });
    const first = statusOf(pod, [sandbox, infoOf('container', 'app')]);
    expect(first).toMatchObject({ podIP: '10.244.0.5', podIPs: [{ ip: '10.244.0.5' }] });
    const later = statusOf(pod, [endedOf('app', 0)], {
      previous: first,
      now: Date.UTC(2026, 0, 2),
    });
    expect(later).toMatchObject({ podIP: '10.244.0.5', startTime: first.startTime });
    expect(condition(later, 'Initialized')?.lastTransitionTime).toBe('2026-01-01T00:00:00Z');
    expect(condition(later, 'Ready')).toMatchObject({
      reason: 'PodCompleted',
      lastTransitionTime: '2026-01-02T00:00:00Z',
    });
  });

  it('is not ready before its gates are open', () => {
    const pod = podOf('web', { readinessGates: [{ conditionType: 'x.y/z' }] });
    const status = statusOf(pod, [sandbox, infoOf('container', 'app')]);
    expect(condition(status, 'ContainersReady')?.status).toBe('True');
    expect(condition(status, 'Ready')).toMatchObject({
      status: 'False',
      reason: 'ReadinessGatesNotReady',
      message: 'corresponding condition of pod readiness gate "x.y/z" does not exist.',
    });
  });

  it('tells of memory that ran out and of programs that could not be started', () => {
    const oom = statusOf(podOf('a', {}), [sandbox, endedOf('app', 137, { oomKilled: true })]);
    expect(oom.containerStatuses?.[0]?.state?.terminated?.reason).toBe('OOMKilled');
    const never = endedOf('app', 127, { error: 'no such file', startedAt: 0 });
    const status = statusOf(podOf('a', {}), [sandbox, never]);
    expect(status.containerStatuses?.[0]?.state?.terminated).toMatchObject({
      reason: 'ContainerCannotRun',
      message: 'no such file',
    });
  });
});

describe('a status as a patch', () => {
  it('takes back what is no longer said', () => {
    const last = {
      message: 'old',
      conditions: [{ type: 'Ready', status: 'False', reason: 'Why', message: 'because' }],
    };
    const patch = patchOf({ conditions: [{ type: 'Ready', status: 'True' }] }, last);
    expect(patch).toEqual({
      message: null,
      conditions: [
        { type: 'Ready', status: 'True', lastProbeTime: null, reason: null, message: null },
      ],
    });
  });
});
