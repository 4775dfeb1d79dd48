/** What the connected cluster has, as far as the client has told; empty where there is none. */
import type { ClusterUpdate, LiveObject } from '../protocol/messages.ts';

export class Cluster {
  #context: string | undefined;
  #namespace = 'default';
  #images: readonly string[] = [];
  /** By kind, then by name. */
  readonly #kinds = new Map<string, Map<string, LiveObject[]>>();
  /** Kinds of which only one namespace's objects are known. */
  readonly #within = new Map<string, string>();

  apply(update: ClusterUpdate): void {
    if (update.context !== this.#context) {
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
    }
  }

  /** Undefined while none is connected. */
  get context(): string | undefined {
    return this.#context;
  }

  /** Where an object goes that names no namespace. */
  get namespace(): string {
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
    const within = this.#within.get(kind) ?? namespace ?? this.#namespace;
    return this.#kinds.has(kind) && within === (namespace ?? this.#namespace);
  }

  /** The object that a name means; `namespace` is left out for the one that objects go to. */
  find(kind: string, name: string, namespace: string | undefined): LiveObject | undefined {
    const where = namespace ?? this.#namespace;
    const found = this.#kinds.get(kind)?.get(name);
    return found?.find((each) => each.namespace === undefined || each.namespace === where);
  }

  /** Names within reach of the namespace. */
  names(kind: string, namespace: string | undefined): string[] {
    return this.objects(kind, namespace).map(({ name }) => name);
  }

  objects(kind: string, namespace: string | undefined): LiveObject[] {
    const where = namespace ?? this.#namespace;
    return [...(this.#kinds.get(kind)?.values() ?? [])]
      .flat()
      .filter((each) => each.namespace === undefined || each.namespace === where);
  }
}
