/**
 * Who has looked for what, so that a change costs no more than what it bears on. Each thing that can
 * be looked for has a key; a result that was worked out from some of them stands until one changes.
 *
 *     Service "web" looked for   label/app=web          at 7
 *     a ConfigMap changes        name/ConfigMap/a → 8   the Service's result still stands
 *     a Deployment changes       label/app=web → 9      the Service is looked at again
 */
export interface Seen {
  readonly keys: readonly string[];
  /** The last change that it knows of. */
  at: number;
}

export class Lookups {
  /** The number of the last change to what each key stands for that somebody has looked for; or 0. */
  readonly #changes = new Map<string, number>();
  #last = 0;
  #asked: Set<string> | undefined;

  /** Somebody looks for what the key stands for. */
  looked(key: string): void {
    this.#asked?.add(key);
  }

  /** What the key stands for is no longer as it was. */
  changed(key: string): void {
    if (!this.#changes.has(key)) return;
    this.#last += 1;
    this.#changes.set(key, this.#last);
  }

  /** How many changes there were to what somebody has looked for. */
  get changes(): number {
    return this.#last;
  }

  /** Does the work, and remembers all that it looks for. */
  record<T>(work: () => T): { result: T; seen: Seen } {
    const around = this.#asked;
    const asked = new Set<string>();
    this.#asked = asked;
    const at = this.#last;
    try {
      const result = work();
      for (const key of asked) if (!this.#changes.has(key)) this.#changes.set(key, 0);
      return { result, seen: { keys: [...asked], at } };
    } finally {
      this.#asked = around;
      if (around !== undefined) for (const key of asked) around.add(key);
    }
  }

  /** Whether what was seen is as it was. */
  isCurrent(seen: Seen): boolean {
    if (seen.at === this.#last) return true;
    if (seen.keys.some((key) => (this.#changes.get(key) ?? 0) > seen.at)) return false;
    // Next time there is less to look through.
    seen.at = this.#last;
    return true;
  }
}
