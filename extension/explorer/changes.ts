/** Elements of the tree that look another way, or have other children: collected for a moment and told together. */
import type { Clock } from '../../runtime/api/clock.ts';
import type { TreeNode } from './nodes.ts';

/** Milliseconds for which changes are collected. */
const batchMs = 200;
/** The same while they keep coming: a row that is drawn anew too often cannot be clicked. */
const busyBatchMs = 1000;

export interface ChangesConfig {
  clock: Clock;
  /** The last chance to mark what is told now. */
  beforeTelling: () => void;
  onChange: (changed: readonly TreeNode[]) => void;
}

export class Changes {
  readonly #config: ChangesConfig;
  #marked = new Map<string, TreeNode>();
  #timer: (() => void) | undefined;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(config: ChangesConfig) {
    this.#config = config;
  }

  dispose(): void {
    this.#timer?.();
  }

  mark(node: TreeNode): void {
    this.#marked.set(node.id, node);
    this.tellSoon();
  }

  /** Tells what is marked until then, if anything is. */
  tellSoon(): void {
    const { clock } = this.#config;
    const isBusy = clock.now() - this.#toldAt < busyBatchMs;
    this.#timer ??= clock.after(isBusy ? busyBatchMs : batchMs, () => this.#tell());
  }

  #tell(): void {
    const { clock, beforeTelling, onChange } = this.#config;
    beforeTelling();
    this.#timer = undefined;
    const changed = [...this.#marked.values()];
    this.#marked = new Map();
    if (changed.length === 0) return;
    this.#toldAt = clock.now();
    onChange(changed);
  }
}
