/**
 * Which API servers pods can turn to: the endpoints of the `kubernetes` service. A server that may
 * share its state with others keeps a lease there, which it renews; all of them write the endpoints
 * of all leases that are alive, and whoever dies drops out of them.
 *
 *   /registry/masterleases/kubernetes/172.18.0.1:40001   renewed 3 s ago    ┐ endpoints of
 *   /registry/masterleases/kubernetes/172.19.0.1:40007   renewed 9 s ago    ┘ default/kubernetes
 *   /registry/masterleases/kubernetes/172.20.0.1:40003   last seen 16 s ago   removed
 *
 * Whether a lease is alive is judged by this server's own clock, from when it last saw a renewal: the
 * clocks of others need not agree with it. Interval and life are upstream's
 * (`--endpoint-reconciler-type=lease`).
 */
import type { UnknownObject } from '../../api/object.ts';
import { isApiError } from '../../api/status.ts';
import { encodeObject } from '../registry/item.ts';
import { copyJson, sameJson } from '../registry/json.ts';
import { keepUp } from '../registry/keep-up.ts';
import type { Place, Registry } from '../registry/registry.ts';
import { changeObject } from '../verbs/change.ts';
import { deleteObject } from '../verbs/delete.ts';
import { bootstrapCall, createIfMissing, servedOf } from './create.ts';

const renewMs = 10_000;
const lifeMs = 15_000;
/** Whoever ends while the state cannot be reached drops out with its lease. */
const farewellMs = 2_000;
const leases = 'masterleases/kubernetes';
const namespace = 'default';
const name = 'kubernetes';
const serviceLabel = 'kubernetes.io/service-name';

interface Address {
  readonly ip: string;
  readonly port: number;
}

export class ServerEndpoints {
  readonly #registry: Registry;
  readonly #own: Address;
  readonly #log: (message: string) => void;
  /** When this server first saw which revision of a lease. */
  readonly #seen = new Map<string, { revision: number; at: number }>();
  #lookedAt = 0;
  #cancelRenewal: (() => void) | undefined;
  #stopFollowing: (() => void) | undefined;
  #stopped = false;

  constructor(registry: Registry, own: Address, log: (message: string) => void) {
    this.#registry = registry;
    this.#own = own;
    this.#log = log;
  }

  /** Resolves once the endpoints name this server. */
  async start(): Promise<void> {
    await this.#renew();
    await this.#reconcile();
    this.#scheduleRenewal();
    if (!this.#isShared) return;
    const cache = this.#registry.cache.resource(leases);
    const report = (error: unknown) => this.#report(error);
    this.#stopFollowing = keepUp([cache], () => this.#reconcile(), report);
  }

  /** Takes this server out of the endpoints, if others are left to serve; gives up after a while. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelRenewal?.();
    this.#stopFollowing?.();
    if (!this.#isShared) return;
    let cancel = () => {};
    const late = new Promise<void>((resolve) => {
      cancel = this.#registry.clock.after(farewellMs, resolve);
    });
    await Promise.race([this.#withdraw(), late]);
    cancel();
  }

  async #withdraw(): Promise<void> {
    try {
      await this.#registry.store.commit([{ type: 'delete', key: this.#key(this.#own) }]);
      await this.#registry.cache.fresh();
      const others = await this.#alive();
      // The last one leaves its address, as a server that shares its state with nobody does.
      if (others.length > 0) await this.#write(others);
    } catch (error) {
      this.#report(error);
    }
  }

  /** Only then others write the same state. */
  get #isShared(): boolean {
    return this.#registry.store.refresh !== undefined;
  }

  #scheduleRenewal(): void {
    this.#cancelRenewal = this.#registry.clock.after(renewMs, () => {
      this.#renew()
        .then(() => this.#reconcile())
        .catch((error: unknown) => this.#report(error))
        .finally(() => {
          if (!this.#stopped) this.#scheduleRenewal();
        });
    });
  }

  #report(error: unknown): void {
    this.#log(`the endpoints of the API servers could not be kept up: ${String(error)}`);
  }

  #key({ ip, port }: Address): string {
    return `/registry/${leases}/${ip}:${port}`;
  }

  async #renew(): Promise<void> {
    if (!this.#isShared) return;
    const lease = endpointsOf([this.#own]);
    const value = encodeObject(lease);
    const { store, cache } = this.#registry;
    const result = await store.commit([{ type: 'put', key: this.#key(this.#own), value }]);
    if (result.ok) await cache.reached(result.revision);
  }

  async #reconcile(): Promise<void> {
    if (this.#stopped) return;
    const addresses = this.#isShared ? await this.#alive() : [this.#own];
    if (!this.#stopped) await this.#write(addresses);
  }

  /** Whose leases are alive; the others' are removed. */
  async #alive(): Promise<Address[]> {
    const { clock, cache, store } = this.#registry;
    const now = clock.now();
    // This process has been asleep, and the others perhaps with it: they get the time to say so.
    if (now - this.#lookedAt > lifeMs) this.#seen.clear();
    this.#lookedAt = now;
    const found = cache.resource(leases);
    const alive: Address[] = [];
    const keys = found.keys(found.prefix);
    for (const key of keys) {
      const item = found.get(key);
      if (item === undefined) continue;
      const known = this.#seen.get(key);
      const at = known?.revision === item.revision ? known.at : now;
      this.#seen.set(key, { revision: item.revision, at });
      const address = addressOf(item.object);
      if (address !== undefined && (now - at < lifeMs || key === this.#key(this.#own))) {
        alive.push(address);
      } else await store.commit([{ type: 'delete', key, expect: item.revision }]);
    }
    for (const key of this.#seen.keys()) if (!keys.includes(key)) this.#seen.delete(key);
    return alive;
  }

  async #write(addresses: readonly Address[]): Promise<void> {
    await this.#put(endpointsOf(addresses));
    const slices = slicesOf(addresses);
    for (const slice of slices) await this.#put(slice);
    await this.#removeSlices(new Set(slices.map(({ metadata }) => metadata.name ?? '')));
  }

  /** What says something else already is replaced: a server's port changes with every start. */
  async #put(object: UnknownObject): Promise<void> {
    const registry = this.#registry;
    if (await createIfMissing(registry, object)) return;
    const served = servedOf(registry, object);
    const place: Place = { namespace, name: object.metadata.name ?? '' };
    const item = registry.cache.resource(served.storageName).get(served.key(namespace, place.name));
    if (item !== undefined && saysTheSame(item.object, object)) return;
    await changeObject(registry, bootstrapCall, served, place, {
      subresource: '',
      build: () => copyJson(object),
    });
  }

  /** Those for ports that no server has any more. */
  async #removeSlices(wanted: ReadonlySet<string>): Promise<void> {
    const registry = this.#registry;
    const served = registry.served.get('discovery.k8s.io', 'v1', 'endpointslices');
    const cache = registry.cache.resource(served.storageName);
    for (const key of cache.keys(served.key(namespace, `${name}-`))) {
      const { name: found = '', labels = {} } = cache.get(key)?.object.metadata ?? {};
      if (wanted.has(found) || labels[serviceLabel] !== name) continue;
      const place = { namespace, name: found };
      await deleteObject(registry, bootstrapCall, served, place, {}).catch((error: unknown) => {
        // Another server has come to the same conclusion.
        if (!isApiError(error, 'NotFound')) throw error;
      });
    }
  }
}

/** The part of an object that this file decides about. */
function saysTheSame(found: UnknownObject, wanted: UnknownObject): boolean {
  return ['subsets', 'endpoints', 'ports', 'addressType'].every((field) => {
    return sameJson(found[field as 'spec'], wanted[field as 'spec']);
  });
}

function addressOf(lease: UnknownObject): Address | undefined {
  const { subsets = [] } = lease as unknown as {
    subsets?: { addresses?: { ip: string }[]; ports?: { port: number }[] }[];
  };
  const ip = subsets[0]?.addresses?.[0]?.ip;
  const port = subsets[0]?.ports?.[0]?.port;
  return ip === undefined || port === undefined ? undefined : { ip, port };
}

/** Addresses by the port that they listen on, both in order. */
function byPort(addresses: readonly Address[]): { port: number; ips: string[] }[] {
  const groups = new Map<number, string[]>();
  for (const { ip, port } of addresses) groups.set(port, [...(groups.get(port) ?? []), ip]);
  return [...groups]
    .map(([port, ips]) => ({ port, ips: ips.sort() }))
    .sort((a, b) => a.port - b.port);
}

const portOf = (port: number) => ({ name: 'https', port, protocol: 'TCP' });

function endpointsOf(addresses: readonly Address[]): UnknownObject {
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name, namespace, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    subsets: byPort(addresses).map(({ port, ips }) => ({
      addresses: ips.map((ip) => ({ ip })),
      ports: [portOf(port)],
    })),
  };
}

/** A slice has one set of ports for all of its endpoints, and our servers may each have their own. */
function slicesOf(addresses: readonly Address[]): UnknownObject[] {
  return byPort(addresses).map(({ port, ips }, index) => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: index === 0 ? name : `${name}-${port}`,
      namespace,
      labels: { [serviceLabel]: name },
    },
    addressType: 'IPv4',
    endpoints: ips.map((ip) => ({ addresses: [ip], conditions: { ready: true } })),
    ports: [portOf(port)],
  }));
}
