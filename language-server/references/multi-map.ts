/** Several values for a key; a key without any is gone. */
export class MultiMap<V> {
  readonly #sets = new Map<string, Set<V>>();

  add(key: string, value: V): void {
    const set = this.#sets.get(key);
    if (set === undefined) this.#sets.set(key, new Set([value]));
    else set.add(value);
  }

  delete(key: string, value: V): void {
    const set = this.#sets.get(key);
    if (set?.delete(value) === true && set.size === 0) this.#sets.delete(key);
  }

  /** A list of its own each time. */
  get(key: string): V[] {
    return [...(this.#sets.get(key) ?? [])];
  }

  some(key: string, is: (value: V) => boolean): boolean {
    for (const value of this.#sets.get(key) ?? []) if (is(value)) return true;
    return false;
  }
}
