/**
 * Follows the config maps and secrets that the node's pods name, each by its name and only as long as a
 * pod needs it: a node may see no others.
 * https://kubernetes.io/docs/reference/access-authn-authz/node/
 *
 *   pod a ──┐
 *   pod b ──┴── ConfigMap default/settings ── one watch, until both are gone
 */
import type { Clock } from '../../api/clock.ts';
import type { Client } from '../../client/client.ts';
import { runReflector } from '../../client/reflector.ts';
import { configMaps, secrets } from '../../client/resources.ts';

/** `ConfigMap/name` or `Secret/name`, in the pod's namespace. */
export type Reference = `${'ConfigMap' | 'Secret'}/${string}`;

export interface NamedWatchesOptions {
  readonly client: Client;
  readonly clock: Clock;
  /** Ends all watches. */
  readonly signal: AbortSignal;
  /** Told whenever one of them is made or changed, and once when its watch begins. */
  readonly onChange: (namespace: string, reference: Reference) => void;
  /** Told when a watch fails; it is tried again. */
  readonly onError: (error: unknown, namespace: string, reference: Reference) => void;
}

export interface NamedWatches {
  /** Says what a pod needs from now on. */
  follow(uid: string, namespace: string, references: ReadonlySet<Reference>): void;
  forget(uid: string): void;
}

interface Watched {
  readonly users: Set<string>;
  readonly stop: AbortController;
}

export function createNamedWatches(options: NamedWatchesOptions): NamedWatches {
  /** By `namespace/reference`. */
  const watches = new Map<string, Watched>();
  const ofPod = new Map<string, ReadonlySet<string>>();
  const release = (uid: string, key: string) => {
    const watch = watches.get(key);
    watch?.users.delete(uid);
    if (watch?.users.size !== 0) return;
    watch.stop.abort();
    watches.delete(key);
  };
  return {
    follow: (uid, namespace, references) => {
      const before = ofPod.get(uid) ?? new Set();
      const wanted = new Set<string>();
      for (const reference of references) {
        const key = `${namespace}/${reference}`;
        wanted.add(key);
        const watch = watches.get(key);
        if (watch !== undefined) watch.users.add(uid);
        else
          watches.set(key, { users: new Set([uid]), stop: start(options, namespace, reference) });
      }
      for (const key of before) if (!wanted.has(key)) release(uid, key);
      ofPod.set(uid, wanted);
    },
    forget: (uid) => {
      for (const key of ofPod.get(uid) ?? []) release(uid, key);
      ofPod.delete(uid);
    },
  };
}

function start(
  { client, clock, signal, onChange, onError }: NamedWatchesOptions,
  namespace: string,
  reference: Reference,
): AbortController {
  const stop = new AbortController();
  const slash = reference.indexOf('/');
  const resource = reference.slice(0, slash) === 'ConfigMap' ? configMaps : secrets;
  const { group, version } = resource;
  const tell = () => onChange(namespace, reference);
  void runReflector({
    client,
    clock,
    signal: AbortSignal.any([signal, stop.signal]),
    random: Math.random,
    target: { group, version, resource: resource.resource, namespace },
    fieldSelector: `metadata.name=${reference.slice(slash + 1)}`,
    sink: { replace: tell, put: tell, delete: () => {} },
    onError: (error) => onError(error, namespace, reference),
  });
  return stop;
}
