/** What the connected cluster has, as far as the client has told; empty where there is none. */
import type { ClusterUpdate, LiveObject } from '../protocol/messages.ts';
import { Lookups } from './lookups.ts';

export class Cluster {
  #context: string | undefined;
  #namespace = 'default';
  #images: readonly string[] = [];
  /** By kind, then by name. */
  readonly #kinds = new Map<string, Map<string, LiveObject[]>>();
  /** Kinds of which only one namespace's objects are known. */
  readonly #within = new Map<string, string>();
  /** What others have looked for here. */
  readonly #lookups: Lookups;

  constructor(lookups = new Lookups()) {
    this.#lookups = lookups;
  }

  apply(update: ClusterUpdate): void {
    const namespace = update.namespace ?? this.#namespace;
    if (update.context !== this.#context || namespace !== this.#namespace) {
      this.#lookups.changed('cluster');
    }
    if (update.context !== this.#context) {
      for (const kind of this.#kinds.keys()) this.#lookups.changed(`live/${kind}`);
      this.#kinds.clear();
      this.#within.clear();
      this.#images = [];
    }
    this.#context = update.context;
    if (update.namespace !== undefined) this.#namespace = update.namespace;
    if (update.images !== undefined) this.#images = update.images;
    for (const { kind, within, objects } of update.objects ?? []) {
      if (within === undefined) this.#within.delete(kind);
      else this.#within.set(kind, within);
      const byName = new Map<string, LiveObject[]>();
      for (const object of objects) {
        const list = byName.get(object.name);
        if (list === undefined) byName.set(object.name, [object]);
        else list.push(object);
      }
      this.#kinds.set(kind, byName);
      this.#lookups.changed(`live/${kind}`);
    }
  }

  /** Undefined while none is connected. */
  get context(): string | undefined {
    this.#lookups.looked('cluster');
    return this.#context;
  }

  /** Where an object goes that names no namespace. */
  get namespace(): string {
    this.#lookups.looked('cluster');
    return this.#namespace;
  }

  get images(): readonly string[] {
    return this.#images;
  }

  /**
   * Whether all objects of the kind in the namespace are known, so that one that is not here does
   * not exist; `namespace` is left out for the one that objects go to.
   */
  knows(kind: string, namespace: string | undefined): boolean {
    this.#looked(kind);
    const within = this.#within.get(kind) ?? namespace ?? this.#namespace;
    return this.#kinds.has(kind) && within === (namespace ?? this.#namespace);
  }

  /** The object that a name means; `namespace` is left out for the one that objects go to. */
  find(kind: string, name: string, namespace: string | undefined): LiveObject | undefined {
    this.#looked(kind);
    const where = namespace ?? this.#namespace;
    const found = this.#kinds.get(kind)?.get(name);
    return found?.find((each) => each.namespace === undefined || each.namespace === where);
  }

  /** Names within reach of the namespace. */
  names(kind: string, namespace: string | undefined): string[] {
    return this.objects(kind, namespace).map(({ name }) => name);
  }

  objects(kind: string, namespace: string | undefined): LiveObject[] {
    this.#looked(kind);
    const where = namespace ?? this.#namespace;
    return [...(this.#kinds.get(kind)?.values() ?? [])]
      .flat()
      .filter((each) => each.namespace === undefined || each.namespace === where);
  }

  /** Of a kind, in the namespace that may be the one that objects go to. */
  #looked(kind: string): void {
    this.#lookups.looked('cluster');
    this.#lookups.looked(`live/${kind}`);
  }
}
