/**
 * The APIServices of what this server answers for by itself: one for each group and version, made at
 * start, and those of custom kinds as definitions come and go.
 */
import type { UnknownObject } from '../../api/object.ts';
import { isApiError } from '../../api/status.ts';
import type { Client } from '../../client/client.ts';
import { apiServices } from '../../client/resources.ts';
import type { ServedResources } from '../registry/served.ts';

const managedLabel = 'kube-aggregator.kubernetes.io/automanaged';

/** Group and version priorities, as the original gives them. */
const priorities: Readonly<Record<string, readonly [group: number, version: number]>> = {
  v1: [18000, 1],
  'apps/v1': [17800, 15],
  'events.k8s.io/v1': [17750, 15],
  'authentication.k8s.io/v1': [17700, 15],
  'authorization.k8s.io/v1': [17600, 15],
  'autoscaling/v1': [17500, 15],
  'autoscaling/v2': [17500, 30],
  'batch/v1': [17400, 15],
  'certificates.k8s.io/v1': [17300, 15],
  'networking.k8s.io/v1': [17200, 15],
  'policy/v1': [17100, 15],
  'rbac.authorization.k8s.io/v1': [17000, 15],
  'storage.k8s.io/v1': [16800, 15],
  'apiextensions.k8s.io/v1': [16700, 15],
  'admissionregistration.k8s.io/v1': [16700, 15],
  'scheduling.k8s.io/v1': [16600, 15],
  'coordination.k8s.io/v1': [16500, 15],
  'node.k8s.io/v1': [16300, 15],
  'discovery.k8s.io/v1': [16200, 15],
  'flowcontrol.apiserver.k8s.io/v1': [16100, 21],
  'resource.k8s.io/v1': [16000, 15],
  'metrics.k8s.io/v1beta1': [100, 100],
};
const customPriority = [1000, 100] as const;
const aggregation = 'apiregistration.k8s.io';
/** Before all others. */
const aggregationPriority = 20000;

/** Keeps them; what somebody else has made under such a name stays as it is. */
export class LocalApiServices {
  readonly #served: ServedResources;
  readonly #client: Client;
  readonly #log: (message: string) => void;
  #work: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(served: ServedResources, client: Client, log: (message: string) => void) {
    this.#served = served;
    this.#client = client;
    this.#log = log;
  }

  /** Makes what is missing, removes those of custom kinds that are gone. One run after the other. */
  sync(): Promise<void> {
    this.#work = this.#work
      .then(() => (this.#stopped ? undefined : this.#sync()))
      .catch((error) => {
        if (!this.#stopped) this.#log(`APIServices could not be registered: ${String(error)}`);
      });
    return this.#work;
  }

  /** Resolves when nothing is written any more. */
  stop(): Promise<void> {
    this.#stopped = true;
    return this.#work;
  }

  async #sync(): Promise<void> {
    const { items } = await this.#client.list(apiServices);
    const present = new Map(items.map((item) => [item.metadata.name ?? '', item]));
    const wanted = this.#wanted();
    const creations = [...wanted.values()].filter(
      ({ metadata }) => !present.has(metadata.name ?? ''),
    );
    const deletions = items.filter(
      ({ metadata }) =>
        metadata.labels?.[managedLabel] === 'true' && !wanted.has(metadata.name ?? ''),
    );
    await Promise.all([
      ...creations.map((object) => this.#client.create(apiServices, object).catch(isTaken)),
      ...deletions.map(({ metadata }) =>
        this.#client.delete({ ...apiServices, name: metadata.name ?? '' }).catch(isGone),
      ),
    ]);
  }

  #wanted(): Map<string, UnknownObject> {
    const wanted = new Map<string, UnknownObject>();
    for (const { kind, apiVersion, custom } of this.#served.all) {
      const { group, version } = kind;
      // The group of APIServices themselves needs none.
      if (group === aggregation) continue;
      const [groupPriorityMinimum, versionPriority] = priorities[apiVersion] ?? customPriority;
      const name = `${version}.${group}`;
      wanted.set(name, {
        apiVersion: `${aggregation}/v1`,
        kind: 'APIService',
        metadata: { name, labels: { [managedLabel]: custom === undefined ? 'onstart' : 'true' } },
        spec: { group, version, groupPriorityMinimum, versionPriority },
      });
    }
    return wanted;
  }
}

/** Where a group of this server's own stands among the others: the higher the further in front. */
export function groupPriority(apiVersion: string): number {
  if (apiVersion === `${aggregation}/v1`) return aggregationPriority;
  return (priorities[apiVersion] ?? customPriority)[0];
}

function isTaken(error: unknown): void {
  if (!isApiError(error, 'AlreadyExists')) throw error;
}

function isGone(error: unknown): void {
  if (!isApiError(error, 'NotFound')) throw error;
}
