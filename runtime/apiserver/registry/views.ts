/**
 * The items of a resource as one of its versions shows them. Each is converted once, and the result
 * kept for as long as the item is.
 */
import type { Conversion, RemoteConversion } from './conversion.ts';
import { encodeObject, Item } from './item.ts';
import { sameJson } from './json.ts';

/** Items that somebody outside is converting. */
interface Batch {
  readonly items: readonly Item[];
  readonly done: Promise<void>;
}

export class Views {
  readonly #conversion: Conversion;
  readonly #views = new WeakMap<Item, Item>();
  readonly #underway = new Map<Item, Batch>();

  constructor(conversion: Conversion) {
    this.#conversion = conversion;
  }

  /** The item in this version. What only somebody outside can convert must have been prepared. */
  view(item: Item): Item {
    const known = this.#views.get(item);
    if (known !== undefined) return known;
    const { origin } = item;
    const view = origin === undefined ? this.#convert(item) : this.view(origin).at(item.revision);
    this.#views.set(item, view);
    return view;
  }

  /**
   * Has somebody outside convert what only they can; undefined if there is nothing of that. Throws
   * ApiError.
   */
  prepare(items: readonly (Item | undefined)[]): Promise<void> | undefined {
    const { remote } = this.#conversion;
    if (remote === undefined) return undefined;
    const wanted = new Set<Item>();
    for (const item of items) {
      const origin = item?.origin ?? item;
      if (origin === undefined || this.#views.has(origin)) continue;
      if (remote.concerns(origin.object)) wanted.add(origin);
    }
    return wanted.size === 0 ? undefined : this.#prepare(wanted, remote);
  }

  #convert(item: Item): Item {
    const { remote } = this.#conversion;
    if (remote?.concerns(item.object) === true) {
      throw new Error(`${item.object.kind} of revision ${item.revision} has not been converted`);
    }
    const object = this.#conversion.fromStorage(item.object);
    return sameJson(object, item.object) ? item : new Item(encodeObject(object), item.revision);
  }

  async #prepare(wanted: ReadonlySet<Item>, remote: RemoteConversion): Promise<void> {
    const others = new Set<Batch>();
    const own: Item[] = [];
    for (const item of wanted) {
      const batch = this.#underway.get(item);
      if (batch === undefined) own.push(item);
      else others.add(batch);
    }
    await Promise.all([
      own.length === 0 ? undefined : this.#begin(own, remote),
      ...[...others].map((batch) => this.#join(batch, wanted, remote)),
    ]);
  }

  #begin(items: readonly Item[], remote: RemoteConversion): Promise<void> {
    const done = remote
      .fromStorage(items.map(({ object }) => object))
      .then((objects) => {
        for (const [index, item] of items.entries()) {
          const object = objects[index];
          if (object === undefined) throw new Error('a converted object is missing');
          this.#views.set(item, new Item(encodeObject(object), item.revision));
        }
      })
      .finally(() => {
        for (const item of items) this.#underway.delete(item);
      });
    const batch = { items, done };
    for (const item of items) this.#underway.set(item, batch);
    return done;
  }

  async #join(batch: Batch, wanted: ReadonlySet<Item>, remote: RemoteConversion): Promise<void> {
    try {
      await batch.done;
    } catch (error) {
      // It may have failed over an object that is of no concern here.
      const rest = batch.items.filter((item) => wanted.has(item));
      if (rest.length === batch.items.length) throw error;
      await this.#prepare(new Set(rest), remote);
    }
  }
}
