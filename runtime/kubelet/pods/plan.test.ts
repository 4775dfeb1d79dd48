import { describe, expect, it } from 'vitest';
import type { core } from '../../api/types.ts';
import type { ContainerInfo } from '../../engine/engine.ts';
import { endedOf, infoOf, podOf } from '../testing/fixtures.ts';
import { type PlanInput, plan } from './plan.ts';
import { noticeOf } from './restart-all.ts';
import { arrange } from './runtime-state.ts';

const sandbox = infoOf('sandbox', 'POD');

function planOf(
  spec: Partial<core.PodSpec>,
  containers: ContainerInfo[],
  more: Partial<PlanInput> = {},
) {
  const result = plan({
    pod: podOf('web', spec),
    runtime: arrange(containers),
    backoffLeft: () => 0,
    unfit: () => undefined,
    started: () => true,
    ...more,
  });
  return {
    ...result,
    start: result.start.map(({ spec }) => spec.name),
    kill: result.kill.map(({ run, message }) => `${run.id}: ${message}`),
    waiting: result.waiting.map(({ container, ms }) => `${container.spec.name} ${ms}`),
  };
}

const withInit: Partial<core.PodSpec> = {
  initContainers: [
    { name: 'one', image: 'a:1' },
    { name: 'side', image: 'a:1', restartPolicy: 'Always' },
    { name: 'two', image: 'a:1' },
  ],
};

describe('the plan for a pod', () => {
  it('begins with a sandbox', () => {
    expect(planOf({}, [])).toMatchObject({ sandbox: 'create', start: [], finished: false });
    expect(planOf({}, [{ ...sandbox, state: 'exited' }])).toMatchObject({ sandbox: 'create' });
  });

  it('starts all app containers together', () => {
    const containers = [{ name: 'a' }, { name: 'b' }];
    expect(planOf({ containers }, [sandbox]).start).toEqual(['a', 'b']);
  });

  it('takes init containers one after the other and waits for a sidecar to have started', () => {
    expect(planOf(withInit, [sandbox]).start).toEqual(['one']);
    const one = infoOf('container', 'one');
    expect(planOf(withInit, [sandbox, one]).start).toEqual([]);
    const oneDone = endedOf('one', 0);
    expect(planOf(withInit, [sandbox, oneDone]).start).toEqual(['side']);
    const side = infoOf('container', 'side');
    expect(planOf(withInit, [sandbox, oneDone, side], { started: () => false }).start).toEqual([]);
    expect(planOf(withInit, [sandbox, oneDone, side]).start).toEqual(['two']);
    expect(planOf(withInit, [sandbox, oneDone, side, endedOf('two', 0)]).start).toEqual(['app']);
  });

  it('tries a failed init container again, unless the policy is Never', () => {
    const failed = [sandbox, endedOf('one', 1)];
    expect(planOf(withInit, failed).start).toEqual(['one']);
    expect(planOf(withInit, failed, { backoffLeft: () => 700 }).waiting).toEqual(['one 700']);
    expect(planOf({ ...withInit, restartPolicy: 'Never' }, failed).finished).toBe(true);
  });

  it('does not run init containers again because an app container has ended', () => {
    const runs = [sandbox, endedOf('one', 0), infoOf('container', 'side'), endedOf('app', 1)];
    expect(planOf(withInit, runs).start).toEqual(['app']);
  });

  it('runs init containers again in a new sandbox', () => {
    const renewed = infoOf('sandbox', 'POD', { attempt: 1 });
    const runs = [renewed, sandbox, endedOf('one', 0), endedOf('app', 137)];
    expect(planOf(withInit, runs).start).toEqual(['one']);
  });

  it.each([
    ['Always', 0, ['app'], false],
    ['Always', 1, ['app'], false],
    ['OnFailure', 0, [], true],
    ['OnFailure', 1, ['app'], false],
    ['Never', 1, [], true],
  ])('%s after exit code %i', (restartPolicy, exitCode, start, finished) => {
    const result = planOf({ restartPolicy }, [sandbox, endedOf('app', exitCode)]);
    expect(result).toMatchObject({ start, finished });
  });

  it.each([
    ['Always', [], 0, ['app'], false],
    ['OnFailure', [], 0, [], true],
    ['Never', [{ operator: 'In', values: [42] }], 42, ['app'], false],
    ['Never', [{ operator: 'In', values: [42] }], 1, [], true],
    ['Never', [{ operator: 'NotIn', values: [0, 3] }], 3, [], true],
    ['Never', [{ operator: 'NotIn', values: [0, 3] }], 1, ['app'], false],
  ])(
    '%s of the container itself, with rules %j, after exit code %i',
    (restartPolicy, codes, exitCode, start, finished) => {
      const restartPolicyRules = codes.map((exitCodes) => ({ action: 'Restart', exitCodes }));
      const app = {
        name: 'app',
        image: 'a:1',
        restartPolicy,
        restartPolicyRules,
      } as core.Container;
      const spec = { restartPolicy: 'Never', containers: [app] };
      expect(planOf(spec, [sandbox, endedOf('app', exitCode)])).toMatchObject({ start, finished });
    },
  );

  it('tries a failed init container again where that has a policy of its own', () => {
    const init = { name: 'one', image: 'a:1', restartPolicy: 'OnFailure' } as core.Container;
    const spec = { restartPolicy: 'Never', initContainers: [init] };
    expect(planOf(spec, [sandbox, endedOf('one', 1)]).start).toEqual(['one']);
  });

  it('runs an ephemeral container once, in whatever sandbox', () => {
    const ephemeralContainers = [{ name: 'look', image: 'a:1' }] as core.EphemeralContainer[];
    const app = infoOf('container', 'app');
    expect(planOf({ ephemeralContainers }, [sandbox, app]).start).toEqual(['look']);
    const ran = endedOf('look', 0);
    expect(planOf({ ephemeralContainers }, [sandbox, app, ran]).start).toEqual([]);
    const renewed = infoOf('sandbox', 'POD', { attempt: 1 });
    const again = infoOf('container', 'app', { attempt: 1, sandbox: renewed.id });
    expect(planOf({ ephemeralContainers }, [renewed, again, ran]).start).toEqual([]);
    const forgotten = podOf('web', { ephemeralContainers }, {
      ephemeralContainerStatuses: [{ name: 'look', containerID: 'docker://1' }],
    } as core.PodStatus);
    expect(planOf({}, [sandbox, app], { pod: forgotten }).start).toEqual([]);
  });

  describe('to start anew as a whole', () => {
    const rule = { action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [42] } };
    const spec: Partial<core.PodSpec> = {
      restartPolicy: 'Never',
      initContainers: [{ name: 'init', image: 'a:1' }],
      containers: [
        { name: 'app', image: 'a:1', restartPolicyRules: [rule] } as core.Container,
        { name: 'other', image: 'a:1' },
      ],
    };
    const at = (createdAt: number, finishedAt = 0) => ({ createdAt, finishedAt });
    const init = { ...endedOf('init', 0), ...at(1, 2) };
    const cause = { ...endedOf('app', 42), ...at(3, 10) };
    const other = { ...infoOf('container', 'other'), ...at(3) };
    const killed = { ...endedOf('other', 137), ...at(3, 11) };
    const again = {
      ...endedOf('init', 0),
      ...infoOf('container', 'init', { attempt: 1 }),
      ...at(12),
    };

    it('ends all others first, without their hooks', () => {
      const { kill, start } = planOf(spec, [sandbox, init, cause, other]);
      expect(kill).toEqual(['other-0: all containers restart because container app has ended']);
      expect(start).toEqual([]);
    });

    it('begins with the init containers, after the pause of the one that began it', () => {
      const runs = [sandbox, init, cause, killed];
      expect(planOf(spec, runs)).toMatchObject({ start: ['init'], finished: false });
      const pause = { backoffLeft: (name: string) => (name === 'app' ? 700 : 0) };
      expect(planOf(spec, runs, pause)).toMatchObject({ start: [], waiting: ['app 700'] });
      expect(planOf(spec, [...runs, again])).toMatchObject({ start: [], finished: false });
      const done = { ...again, state: 'exited' as const, finishedAt: 13 };
      expect(planOf(spec, [...runs, done]).start).toEqual(['app', 'other']);
    });

    it('also ends what began before it was noticed, and nothing that began after', () => {
      const late = { ...other, createdAt: 11 };
      const notice = noticeOf(podOf('web', spec), arrange([sandbox, init, cause, late]), undefined);
      expect(planOf(spec, [sandbox, init, cause, late], { notice }).kill).toHaveLength(1);
      const app = { ...infoOf('container', 'app', { attempt: 1 }), createdAt: 14 };
      const now = [
        sandbox,
        init,
        cause,
        { ...late, state: 'exited' as const, finishedAt: 12 },
        again,
      ];
      expect(noticeOf(podOf('web', spec), arrange([...now, app]), notice)).toBe(notice);
      expect(noticeOf(podOf('web', spec), arrange([...now, app]), undefined)).toBeUndefined();
    });

    it('does nothing of the kind after other exit codes', () => {
      const failed = { ...cause, exitCode: 1 };
      expect(planOf(spec, [sandbox, init, failed, other])).toMatchObject({ start: [], kill: [] });
      expect(planOf(spec, [sandbox, init, failed, killed]).finished).toBe(true);
    });
  });

  it('goes on while one of several containers runs', () => {
    const spec = { restartPolicy: 'Never', containers: [{ name: 'a' }, { name: 'b' }] };
    const runs = [sandbox, endedOf('a', 0), infoOf('container', 'b')];
    expect(planOf(spec, runs)).toMatchObject({ start: [], finished: false });
  });

  it('replaces what is unhealthy or was changed', () => {
    const run = infoOf('container', 'app');
    expect(planOf({}, [sandbox, run], { unfit: () => 'why' }).kill).toEqual(['app-0: why']);
    const containers = [{ name: 'app', image: 'a:2' }];
    expect(planOf({ containers }, [sandbox, run]).kill).toEqual([
      'app-0: Container app definition changed, will be restarted',
    ]);
  });

  it('does not make a new sandbox for a pod that has had its day', () => {
    const dead = { ...sandbox, state: 'exited' as const };
    expect(planOf({ restartPolicy: 'Never' }, [dead, endedOf('app', 137)]).finished).toBe(true);
    expect(planOf({ restartPolicy: 'OnFailure' }, [dead, endedOf('app', 0)]).finished).toBe(true);
    expect(planOf({}, [dead, endedOf('app', 137)]).sandbox).toBe('create');
  });

  it('takes a container that was made and never started for none', () => {
    expect(planOf({}, [sandbox, infoOf('container', 'app', { state: 'created' })]).start).toEqual([
      'app',
    ]);
  });
});
