/** A small world for tests of controllers: an API server in memory, virtual time, willing nodes. */
import { timestamp, VirtualClock } from '../../api/clock.ts';
import type { KubeObject, UnknownObject } from '../../api/object.ts';
import type { CoreEvent, Pod } from '../../api/types.ts';
import type { Resource } from '../../client/client.ts';
import { createInformers } from '../../client/informer.ts';
import { at, events, pods, resourceOfKind } from '../../client/resources.ts';
import { FakeClient } from '../../client/testing/fake-client.ts';
import type { ControllerContext } from '../kit/context.ts';
import { tolerate } from '../kit/loop.ts';

export interface Bench {
  fake: FakeClient;
  clock: VirtualClock;
  context: ControllerContext;
  /** What controllers complained about. */
  logged: string[];
  create<T extends KubeObject>(object: unknown): Promise<T>;
  /** Merges `changes` into the object. */
  patch(resource: Resource, name: string, changes: unknown): Promise<void>;
  pods(): Pod[];
  /** `Reason: message` of all events, in order. */
  eventLines(): string[];
  setPodStatus(pod: Pod, status: object): Promise<void>;
  makeReady(pod: Pod): Promise<void>;
  /** From now on pods become ready by themselves and go when they are deleted. */
  runNodes(options?: { ready?: (pod: Pod) => boolean }): void;
  /** Like `fake.until`, but lets virtual time pass meanwhile, `stepMs` at a time. */
  until(condition: () => unknown, stepMs?: number): Promise<void>;
  stop(): void;
}

export function createBench(objects: readonly unknown[] = []): Bench {
  const clock = new VirtualClock();
  const fake = new FakeClient({ clock, objects: objects as KubeObject[] });
  const abort = new AbortController();
  const logged: string[] = [];
  const informers = createInformers(fake, clock, abort.signal);
  const context: ControllerContext = {
    client: fake,
    informers,
    clock,
    signal: abort.signal,
    random: () => 0.5,
    log: (message) => logged.push(message),
  };
  const setPodStatus = async (pod: Pod, status: object) => {
    const { name, namespace } = pod.metadata;
    await tolerate(
      fake.patch(at(pods, name, namespace, 'status'), 'merge', { status }),
      'NotFound',
    );
  };
  const makeReady = (pod: Pod) => {
    const lastTransitionTime = timestamp(clock.now());
    const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime }];
    return setPodStatus(pod, { phase: 'Running', conditions });
  };
  return {
    fake,
    clock,
    context,
    logged,
    setPodStatus,
    makeReady,
    create<T extends KubeObject>(object: unknown) {
      const sent = object as UnknownObject;
      const resource = resourceOfKind(sent.apiVersion, sent.kind);
      if (resource === undefined) throw new Error(`unknown kind ${sent.kind}`);
      const namespace = resource.namespaced ? (sent.metadata.namespace ?? 'default') : undefined;
      return fake.create<T>(
        { ...resource, ...(namespace === undefined ? {} : { namespace }) },
        sent,
      );
    },
    async patch(resource, name, changes) {
      await fake.patch(at(resource, name, 'default'), 'merge', changes);
    },
    pods: () => fake.all<Pod>(pods),
    eventLines: () =>
      fake.all<CoreEvent>(events).map((event) => `${event.reason}: ${event.message}`),
    runNodes({ ready = () => true } = {}) {
      const look = (pod: Pod) => {
        if (pod.metadata.deletionTimestamp !== undefined) {
          const { name, namespace } = pod.metadata;
          void tolerate(
            fake.delete(at(pods, name, namespace), { gracePeriodSeconds: 0 }),
            'NotFound',
          );
        } else if (pod.status?.conditions === undefined && ready(pod)) void makeReady(pod);
      };
      informers.for<Pod>(pods).subscribe({ added: look, updated: look });
    },
    async until(condition, stepMs = 100) {
      for (let turn = 0; turn < 300; turn++) {
        if (await condition()) return;
        await clock.advance(stepMs);
      }
      throw new Error(`waited in vain; logged: ${logged.join('; ')}`);
    },
    stop: () => abort.abort(new Error('stopped')),
  };
}
