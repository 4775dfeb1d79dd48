/** Empties a store that is not in the data directory, when its cluster is removed. */
import type { Clock } from '../api/clock.ts';
import { openStore } from '../store/open.ts';
import type { Store } from '../store/store.ts';
import { type ClusterPaths, type ClusterSettings, reasonOf } from './data-directory.ts';
import { nodePrefix } from './ground.ts';
import { authorityKey } from './keys.ts';

/** Everything of the API server's lies below. */
const root = '/registry/';
const leases = `${root}coordination.k8s.io/leases/kube-node-lease/`;
const pageSize = 500;

/**
 * Leaves the state as it is, and says so, if another cluster's nodes live in it or it cannot be reached:
 * the rest of this one can be removed all the same.
 */
export async function purgeStore(
  settings: ClusterSettings,
  paths: ClusterPaths,
  clock: Clock,
  onProgress: (message: string) => void,
): Promise<void> {
  const { store: choice } = settings;
  if (choice === undefined) return;
  const leave = (why: string) => onProgress(`the state in ${choice} is left as it is: ${why}`);
  const after = (ms: number, callback: () => void) => clock.after(ms, callback);
  const options = { choice, directory: paths.state, after, report: onProgress };
  const store = await openStore(options).catch((error: unknown) => leave(reasonOf(error)));
  if (store === undefined) return;
  try {
    const node = await foreignNode(store, settings, clock.now());
    if (node !== undefined) {
      await removeNodes(store, settings);
      return leave(`${node}, which is not of this cluster, uses it`);
    }
    onProgress(`emptying ${choice}`);
    await empty(store);
  } catch (error) {
    leave(reasonOf(error));
  } finally {
    await store.close();
  }
}

/** A node of another process on the same state, if one has said lately that it lives. */
async function foreignNode(
  store: Store,
  { name }: ClusterSettings,
  now: number,
): Promise<string | undefined> {
  for (const { key, value } of (await store.list(leases)).entries) {
    const node = key.slice(leases.length);
    if (node.startsWith(nodePrefix(name))) continue;
    const { spec = {} } = JSON.parse(Buffer.from(value).toString()) as {
      spec?: { renewTime?: string; leaseDurationSeconds?: number };
    };
    const { renewTime = '', leaseDurationSeconds = 0 } = spec;
    if (Date.parse(renewTime) + leaseDurationSeconds * 1000 > now) return node;
  }
  return undefined;
}

/** Of this cluster alone: they will not come back, and the others move their pods. */
async function removeNodes(store: Store, { name }: ClusterSettings): Promise<void> {
  const own = [`${root}core/nodes/`, leases].map((prefix) => prefix + nodePrefix(name));
  const found = await Promise.all(own.map((prefix) => store.list(prefix)));
  const keys = found.flatMap(({ entries }) => entries.map(({ key }) => key));
  if (keys.length > 0) await store.commit(keys.map((key) => ({ type: 'delete', key })));
}

async function empty(store: Store): Promise<void> {
  for (;;) {
    const { entries } = await store.list(root, { limit: pageSize });
    if (entries.length === 0) break;
    // etcd takes 128 operations in a transaction.
    for (let i = 0; i < entries.length; i += 100) {
      const writes = entries.slice(i, i + 100).map(({ key }) => ({ type: 'delete' as const, key }));
      await store.commit(writes);
    }
  }
  // Last of all, and only now may a cluster with other keys move in.
  await store.commit([{ type: 'delete', key: authorityKey }]);
}
