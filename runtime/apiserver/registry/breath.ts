/** No step may hold the event loop for long (design.md): loops over many objects pause in between. */
const budgetMs = 8;

export class Breath {
  #since = performance.now();

  /** Lets others run if this has run for long enough. */
  async pause(): Promise<void> {
    if (performance.now() - this.#since < budgetMs) return;
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.#since = performance.now();
  }

  /** True if it is time to pause; saves an await in tight loops. */
  get due(): boolean {
    return performance.now() - this.#since >= budgetMs;
  }
}
