/**
 * The images that this machine's container engine has, for whoever writes `image:`. Asked through the
 * command line of the runtime, which knows how to find the engine; not more often than is of use.
 */
import type { Clock } from '../runtime/api/clock.ts';

/** What was heard this long ago or less is not asked again. */
const freshMs = 10_000;

export interface EngineImagesConfig {
  readonly clock: Clock;
  /** The lines that `skiff images -o json` prints; rejects where no engine answers. */
  list(onLine: (line: string) => void): Promise<void>;
  tell(images: readonly string[]): void;
  log(line: string): void;
}

export class EngineImages {
  readonly #config: EngineImagesConfig;
  #askedAt = Number.NEGATIVE_INFINITY;
  #asking: Promise<void> | undefined;

  constructor(config: EngineImagesConfig) {
    this.#config = config;
  }

  /** Resolves when the images are told, or it is known that nobody can say; never rejects. */
  refresh(): Promise<void> {
    const { clock } = this.#config;
    if (clock.now() - this.#askedAt < freshMs) return this.#asking ?? Promise.resolve();
    this.#askedAt = clock.now();
    this.#asking = this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  /** What was told is no longer known by who was told it. */
  forget(): void {
    this.#askedAt = Number.NEGATIVE_INFINITY;
  }

  async #ask(): Promise<void> {
    const { list, tell, log } = this.#config;
    let names: string[] | undefined;
    try {
      await list((line) => {
        names ??= namesIn(line);
      });
      if (names !== undefined) tell(names);
    } catch (error) {
      // Without an engine there are no images to offer, and that is nothing to complain of here.
      log(`images of the engine: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

function namesIn(line: string): string[] | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return Array.isArray(value) ? value.filter((name) => typeof name === 'string') : undefined;
  } catch {
    // Not from our program.
    return undefined;
  }
}
