/**
 * A deletion that comes at any moment of a pod's start, on an engine that is slow in one of its calls:
 * before it does what it is asked, or before it says that it has done it. Virtual time.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../api/clock.ts';
import { apiError } from '../../api/status.ts';
import type { core, Pod } from '../../api/types.ts';
import { at, pods } from '../../client/resources.ts';
import { FakeClient } from '../../client/testing/fake-client.ts';
import type { Engine } from '../../engine/engine.ts';
import { createSimulatedEngine } from '../../engine/simulated/simulated.ts';
import type { Kubelet } from '../kubelet.ts';
import { testKubelet } from '../testing/test-kubelet.ts';

const finalizer = 'batch.kubernetes.io/job-tracking';
const calls = ['createContainer', 'startContainer', 'stopContainer', 'containers'] as const;
type Call = (typeof calls)[number];

/** How slow the engine is: which call, and whether its effect or only its answer is late. */
interface Slow {
  readonly call: Call | undefined;
  readonly late: 'effect' | 'answer';
}

describe('a pod that is deleted while it starts', () => {
  let clock: VirtualClock;
  let client: FakeClient;
  let engine: Engine;
  let kubelet: Kubelet;
  let abort: AbortController;
  let slow: Slow;
  /** Engine calls about the pod so far, and what is to happen before one of them. */
  let count: number;
  let strike: { readonly at: number; readonly action: () => Promise<unknown> } | undefined;

  const start = async () => {
    clock = new VirtualClock();
    client = new FakeClient({ clock });
    const remove = client.delete.bind(client);
    // The news of what a call has done may be here before its answer.
    client.delete = async (target, options) => {
      const answer = await remove(target, options);
      if (options?.gracePeriodSeconds === 0) await clock.sleep(300);
      return answer as never;
    };
    count = 0;
    strike = undefined;
    slow = { call: undefined, late: 'effect' };
    const simulated = createSimulatedEngine({ clock });
    const guarded = <A extends unknown[], R>(name: Call, call: (...args: A) => Promise<R>) => {
      return async (...args: A): Promise<R> => {
        if (++count === strike?.at) await strike.action();
        const pause = () => (slow.call === name ? clock.sleep(700) : Promise.resolve());
        if (slow.late === 'effect') await pause();
        const answer = await call(...args);
        if (slow.late === 'answer') await pause();
        return answer;
      };
    };
    engine = {
      ...simulated,
      createContainer: guarded('createContainer', simulated.createContainer),
      startContainer: guarded('startContainer', simulated.startContainer),
      stopContainer: guarded('stopContainer', simulated.stopContainer),
      containers: guarded('containers', simulated.containers),
    };
    await run();
    count = 0;
  };

  const run = async () => {
    abort = new AbortController();
    kubelet = testKubelet({ client, engine, clock, signal: abort.signal });
    await kubelet.ready;
  };
  const end = () => {
    kubelet.stop();
    abort.abort();
  };
  beforeEach(start);
  afterEach(end);

  const put = (spec: Partial<core.PodSpec> = {}) =>
    client.put({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'job', namespace: 'default', finalizers: [finalizer] },
      spec: {
        ...{ nodeName: 'node-1', restartPolicy: 'Never', terminationGracePeriodSeconds: 1 },
        containers: [{ name: 'main', image: 'a:1' }],
        ...spec,
      },
      status: { phase: 'Pending' },
    } as unknown as Pod);
  const pod = () => client.find<Pod>(pods, 'job', 'default');
  const remove = () => client.delete(at(pods, 'job', 'default'));
  const release = () =>
    client.patch(at(pods, 'job', 'default'), 'merge', { metadata: { finalizers: null } });
  /** Lets time go by in small steps, with room for what each sets off; at most 15 seconds. */
  const pass = async (until: () => unknown) => {
    for (let step = 0; step < 60 && !until(); step++) {
      await clock.advance(250);
      for (let turn = 0; turn < 6; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
  };
  /** Of what still waits for a late answer. */
  const settle = async () => {
    let left = 6;
    await pass(() => left-- === 0);
  };

  const graceOver = () => pod()?.metadata.deletionGracePeriodSeconds === 0;
  const expectOver = async (what: string) => {
    await pass(graceOver);
    await settle();
    expect(graceOver(), `${what}: still waits for its node`).toBe(true);
    expect(pod()?.status?.phase, `${what}: how it ended`).toBe('Failed');
    const state = pod()?.status?.containerStatuses?.[0]?.state;
    expect(state, what).toMatchObject({ terminated: { exitCode: expect.any(Number) } });
    slow = { call: undefined, late: 'effect' };
    expect(await engine.containers({}), `${what}: containers left`).toEqual([]);
    await release();
    expect(pod(), `${what}: still there`).toBeUndefined();
  };

  it('ends as failed and leaves nothing, whichever call of the engine it meets', async () => {
    const slows: Slow[] = [
      { call: undefined, late: 'effect' },
      ...calls.flatMap((call) => [
        { call, late: 'effect' } as const,
        { call, late: 'answer' } as const,
      ]),
    ];
    for (const kind of slows) {
      for (let moment = 1; moment <= 8; moment++) {
        end();
        await start();
        slow = kind;
        let struck = false;
        strike = {
          at: moment,
          action: async () => {
            struck = true;
            await remove();
          },
        };
        put();
        await pass(() => struck || pod()?.status?.phase === 'Running');
        if (!struck) await remove();
        await expectOver(`${kind.call ?? 'no call'} with a late ${kind.late}, at step ${moment}`);
      }
    }
  });

  it('keeps how it ended, whoever looks after it next, while somebody holds it', async () => {
    put();
    await pass(() => pod()?.status?.phase === 'Running');
    await remove();
    await pass(graceOver);
    await settle();
    const ended = pod()?.status;
    expect(ended?.containerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode: 143 });
    end();
    await run();
    client.put({ ...(pod() as Pod), metadata: { ...pod()?.metadata, labels: { a: 'b' } } } as Pod);
    await settle();
    expect(pod()?.status).toEqual(ended);
  });

  it('is not let go before the server has taken how it ended', async () => {
    put();
    await pass(() => pod()?.status?.phase === 'Running');
    const busy = apiError('TooManyRequests', 'too busy');
    const relent = client.fail(({ verb, subresource }) =>
      verb === 'patch' && subresource === 'status' ? busy : undefined,
    );
    await remove();
    await settle();
    expect(graceOver()).toBe(false);
    relent();
    await expectOver('when the server has time');
  });
});
