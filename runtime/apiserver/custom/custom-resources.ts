/**
 * Follows the custom resource definitions: accepts their names, serves their kinds from the moment
 * they are established, and clears away a definition's objects before the definition goes.
 *
 *   created ── names accepted, Established ──► served
 *   deleted ── marked, Terminating ──► objects deleted ──► finalizer off ──► gone
 */
import { timestamp } from '../../api/clock.ts';
import { type Definition, isTrue, withCondition } from '../../api/custom/definition.ts';
import { parseApiVersion, type UnknownObject } from '../../api/object.ts';
import { isApiError } from '../../api/status.ts';
import type { Reach } from '../admission/webhooks/transport.ts';
import { loopbackUser } from '../authentication/user.ts';
import type { Dial } from '../http/proxy-target.ts';
import type { ResourceCache } from '../registry/cache.ts';
import { copyJson, sameJson } from '../registry/json.ts';
import type { Call, Registry } from '../registry/registry.ts';
import type { Schemas } from '../registry/schemas.ts';
import { ServedResource } from '../registry/served.ts';
import { cleanupFinalizer } from '../strategies/custom-resource-definition.ts';
import { changeObject } from '../verbs/change.ts';
import { deleteObject } from '../verbs/delete.ts';
import { compareVersions, customKinds } from './custom-kind.ts';
import { nameDefinition } from './naming.ts';
import { definitionName, listSchema } from './schema.ts';

const call: Call = {
  user: loopbackUser,
  fieldManager: 'kube-apiserver',
  dryRun: false,
  warn: () => {},
};

/** When to go on with what has failed. */
const retryMs = 10_000;

interface Published {
  /** What the kinds were made from: while it stays, so do they. */
  readonly seed: readonly unknown[];
  readonly served: readonly ServedResource[];
}

export class CustomResources {
  readonly #registry: Registry;
  readonly #schemas: Schemas;
  readonly #reach: Reach;
  readonly #log: (message: string) => void;
  readonly #definitions: ResourceCache;
  readonly #published = new Map<string, Published>();
  /** Ends the wait for a definition's last object. */
  readonly #waiting = new Map<string, () => void>();
  #stop: (() => void) | undefined;

  /** `dial` reaches conversion webhooks behind services; without it only URLs can be called. */
  constructor(
    registry: Registry,
    schemas: Schemas,
    { dial, log }: { dial: Dial | undefined; log: (message: string) => void },
  ) {
    this.#registry = registry;
    this.#schemas = schemas;
    this.#reach = { registry, dial };
    this.#log = log;
    const { storageName } = this.#served;
    this.#definitions = registry.cache.resource(storageName);
  }

  /** Serves what is established. The cache must have been filled. */
  start(): void {
    this.#publish();
    this.#stop = this.#definitions.watch((events) => {
      this.#publish();
      for (const { item, previous } of events) {
        const changed = (item ?? previous)?.object as unknown as Definition;
        this.#settleAround(changed);
      }
    });
    for (const definition of this.#all()) void this.#settle(definition);
  }

  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
    for (const cancel of this.#waiting.values()) cancel();
    this.#waiting.clear();
  }

  get #served(): ServedResource {
    return this.#registry.served.get('apiextensions.k8s.io', 'v1', 'customresourcedefinitions');
  }

  #all(): Definition[] {
    return [...this.#definitions.items()].map((item) => item.object as unknown as Definition);
  }

  /** Brings what is served in line with the definitions. */
  #publish(): void {
    const definitions = new Map(
      this.#all()
        .filter((definition) => isTrue(definition, 'Established'))
        .map((definition) => [definition.metadata.name ?? '', definition]),
    );
    let changed = false;
    for (const [name, published] of this.#published) {
      const definition = definitions.get(name);
      if (definition !== undefined && sameJson(seedOf(definition), published.seed)) continue;
      changed = true;
      this.#withdraw(name, published);
    }
    for (const [name, definition] of definitions) {
      if (this.#published.has(name)) continue;
      changed = true;
      this.#announce(name, definition);
    }
    if (!changed) return;
    const all = [...this.#published.values()].flatMap(({ served }) => served);
    this.#registry.served.setCustom(all.toSorted(inDiscoveryOrder));
  }

  #announce(name: string, definition: Definition): void {
    const kinds = customKinds(definition, this.#reach);
    for (const kind of kinds) {
      const own = definitionName(kind);
      const { schema, listKind } = kind.custom;
      const list = { ...kind, kind: `${kind.kind}List` };
      const gvk = { group: kind.group, version: kind.version, kind: kind.kind };
      this.#schemas.set(kind, own, schema);
      this.#schemas.set(list, `${own}List`, listSchema(gvk, listKind, own));
    }
    const served = kinds.map((kind) => new ServedResource(kind));
    this.#published.set(name, { seed: seedOf(definition), served });
  }

  #withdraw(name: string, { served }: Published): void {
    this.#published.delete(name);
    for (const { kind } of served) {
      this.#schemas.remove(kind);
      this.#schemas.remove({ ...kind, kind: `${kind.kind}List` });
    }
  }

  /** A changed definition, and those that may only have waited for its names. */
  #settleAround(changed: Definition): void {
    for (const definition of this.#all()) {
      const same = definition.metadata.name === changed.metadata.name;
      const waits =
        definition.spec.group === changed.spec.group && !isTrue(definition, 'NamesAccepted');
      if (same || waits) void this.#settle(definition);
    }
  }

  async #settle(definition: Definition): Promise<void> {
    try {
      if (definition.metadata.deletionTimestamp === undefined) await this.#name(definition);
      else if (definition.metadata.finalizers?.includes(cleanupFinalizer)) {
        await this.#clear(definition);
      }
    } catch (error) {
      if (isApiError(error, 'NotFound')) return;
      const why = error instanceof Error ? error.message : String(error);
      this.#log(`custom resource definition ${definition.metadata.name}: ${why}`);
      this.#tryAgain(definition.metadata.name ?? '');
    }
  }

  /** Somebody's webhook may have been in the way, or may be again: there is no end to it. */
  #tryAgain(name: string): void {
    if (this.#stop === undefined) return;
    this.#waiting.get(name)?.();
    const cancel = this.#registry.clock.after(retryMs, () => {
      this.#waiting.delete(name);
      this.#settleNamed(name);
    });
    this.#waiting.set(name, () => {
      cancel();
      this.#waiting.delete(name);
    });
  }

  #settleNamed(name: string): void {
    const definition = this.#all().find(({ metadata }) => metadata.name === name);
    if (definition !== undefined) void this.#settle(definition);
  }

  async #name(definition: Definition): Promise<void> {
    const naming = (of: Definition) => {
      const time = timestamp(this.#registry.clock.now());
      return { ...of.status, ...nameDefinition(of, this.#all(), time) };
    };
    if (sameJson(naming(definition), definition.status)) return;
    await this.#change(definition, 'status', (next) => {
      next.status = copyJson(naming(next as unknown as Definition));
    });
  }

  /** Deletes the definition's objects; once there are none, lets go of the definition. */
  async #clear(definition: Definition): Promise<void> {
    const name = definition.metadata.name ?? '';
    const plural = definition.status?.acceptedNames?.plural ?? '';
    const stored = definition.spec.versions.find(({ storage }) => storage)?.name ?? '';
    const served = this.#servedAs(definition, stored);
    if (served !== undefined && plural !== '') {
      const objects = this.#registry.cache.resource(served.storageName);
      if (objects.size > 0 && this.#waiting.has(name)) return;
      if (objects.size > 0) {
        this.#awaitEmpty(name, objects);
        await this.#deleteAll(definition, objects);
        return;
      }
    }
    this.#waiting.get(name)?.();
    await this.#change(definition, 'status', (next) => {
      const { conditions = [] } = (next as unknown as Definition).status ?? {};
      const done = {
        type: 'Terminating',
        status: 'False',
        reason: 'InstanceDeletionCompleted',
        message: 'removed all instances',
      } as const;
      const time = timestamp(this.#registry.clock.now());
      next.status = {
        ...(next.status as object),
        conditions: withCondition(conditions, done, time),
      };
    });
    await this.#change(definition, '', ({ metadata }) => {
      metadata.finalizers = (metadata.finalizers ?? []).filter(
        (other) => other !== cleanupFinalizer,
      );
    });
  }

  #awaitEmpty(name: string, objects: ResourceCache): void {
    const cancel = objects.watch(() => {
      if (objects.size === 0) this.#settleNamed(name);
    });
    this.#waiting.set(name, () => {
      cancel();
      this.#waiting.delete(name);
    });
  }

  /** Each in the version that it is stored in: nobody has to be there any more to convert it. */
  async #deleteAll(definition: Definition, objects: ResourceCache): Promise<void> {
    const byVersion = new Map<string, ServedResource | undefined>();
    let failure: unknown;
    for (const { object } of [...objects.items()]) {
      const { version } = parseApiVersion(object.apiVersion);
      if (!byVersion.has(version)) byVersion.set(version, this.#servedAs(definition, version));
      const served = byVersion.get(version);
      if (served === undefined) continue;
      const { namespace = '', name = '' } = object.metadata;
      try {
        await deleteObject(this.#registry, call, served, { namespace, name }, {});
      } catch (error) {
        if (!isApiError(error, 'NotFound')) failure ??= error;
      }
    }
    if (failure !== undefined) throw failure;
  }

  /** The definition's kind as if there were this version only. */
  #servedAs(definition: Definition, version: string): ServedResource | undefined {
    const known = definition.spec.versions.find(({ name }) => name === version);
    const only = { ...definition.spec.versions[0], ...known, name: version };
    const versions = [{ ...only, served: true, storage: true }];
    // What waits for its finalizers stays as it is.
    const spec = { ...definition.spec, versions, preserveUnknownFields: true };
    const [kind] = customKinds({ ...definition, spec }, this.#reach);
    return kind && new ServedResource(kind);
  }

  async #change(
    { metadata }: Definition,
    subresource: string,
    edit: (next: UnknownObject) => void,
  ): Promise<void> {
    const place = { namespace: '', name: metadata.name ?? '' };
    await changeObject(this.#registry, call, this.#served, place, {
      subresource,
      build(previous) {
        const next = copyJson(previous);
        edit(next);
        return next;
      },
    });
  }
}

function seedOf(definition: Definition): readonly unknown[] {
  const { spec, status } = definition;
  return [spec, status?.acceptedNames, isTrue(definition, 'Terminating')];
}

function inDiscoveryOrder({ kind: a }: ServedResource, { kind: b }: ServedResource): number {
  if (a.group !== b.group) return a.group < b.group ? -1 : 1;
  return compareVersions(a.version, b.version) || (a.resource < b.resource ? -1 : 1);
}
