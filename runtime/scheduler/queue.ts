/**
 * Pods that wait for a node. A pod is in one of three places:
 *
 *     active ──► being decided ──► placed
 *       ▲              │ nothing fits
 *       │              ▼
 *     back-off ◄── unschedulable      (when something happens that could help)
 *
 * The most important pod is served first, of equals the one that has waited longest. Back-off grows
 * from 1 s to 10 s with each failure, as in kube-scheduler.
 */
import type { Clock } from '../api/clock.ts';
import type { Pod } from '../api/types.ts';

const firstDelayMs = 1_000;
const longestDelayMs = 10_000;
/** Whatever we believe could help: everything is tried again after this long. */
const longestWaitMs = 300_000;

interface Entry {
  uid: string;
  pod: Pod;
  /** Milliseconds since the epoch. */
  since: number;
  attempts: number;
  failedAt: number;
  /** Pods that go could make room for it. */
  wantsRoom: boolean;
}

/** Why a pod could not be placed. */
export interface Failure {
  /** The count of changes when the decision was begun. */
  readonly changesBefore: number;
  /** Trying again may help without anything else happening. */
  readonly transient?: boolean;
  /** False: whatever pods go, no node would do. */
  readonly wantsRoom?: boolean;
}

export class SchedulingQueue {
  readonly #clock: Clock;
  readonly #active: Entry[] = [];
  readonly #entries = new Map<string, Entry>();
  readonly #inActive = new Set<string>();
  readonly #backingOff = new Map<string, () => void>();
  readonly #unschedulable = new Set<string>();
  readonly #deciding = new Set<string>();
  /** Counts what could help; a decision under way while it rose must not sleep on its failure. */
  #changes = 0;
  #wake: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#entries.size;
  }

  get changes(): number {
    return this.#changes;
  }

  /** A new pod, or new contents of one that waits; `retry`: the change may make it fit. */
  put(pod: Pod, retry = false): void {
    const { uid } = pod.metadata;
    const known = this.#entries.get(uid);
    if (known !== undefined) {
      known.pod = pod;
      if (retry && this.#unschedulable.has(uid)) this.#release(known);
      return;
    }
    const since = this.#clock.now();
    const entry = { uid, pod, since, attempts: 0, failedAt: 0, wantsRoom: true };
    this.#entries.set(uid, entry);
    this.#activate(entry);
  }

  /** Placed, or gone. */
  remove(uid: string): void {
    this.#entries.delete(uid);
    this.#inActive.delete(uid);
    this.#unschedulable.delete(uid);
    this.#deciding.delete(uid);
    this.#backingOff.get(uid)?.();
    this.#backingOff.delete(uid);
  }

  has(uid: string): boolean {
    return this.#entries.has(uid);
  }

  /** The next pod to decide; it stays known until `remove` or `failed`. */
  take(): Pod | undefined {
    for (let entry = this.#pop(); entry !== undefined; entry = this.#pop()) {
      // Entries of removed pods are left in the heap and passed over here.
      if (this.#entries.get(entry.uid) !== entry || !this.#inActive.delete(entry.uid)) continue;
      entry.attempts += 1;
      this.#deciding.add(entry.uid);
      return entry.pod;
    }
    return undefined;
  }

  /** Resolves when there may be something to take. */
  wait(signal: AbortSignal): Promise<void> {
    if (this.#inActive.size > 0 || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        signal.removeEventListener('abort', wake);
        this.#wake = undefined;
        resolve();
      };
      this.#wake = wake;
      signal.addEventListener('abort', wake, { once: true });
    });
  }

  /** The pod that was taken could not be placed. */
  failed(uid: string, { changesBefore, transient = false, wantsRoom = true }: Failure): void {
    const entry = this.#entries.get(uid);
    if (entry === undefined || !this.#deciding.delete(uid)) return;
    entry.failedAt = this.#clock.now();
    entry.wantsRoom = wantsRoom;
    if (transient || this.#changes !== changesBefore) this.#backOff(entry);
    else this.#unschedulable.add(uid);
  }

  /** Something happened that could help those of the waiting pods for which `helps` says so. */
  stir(helps: (pod: Pod) => boolean = () => true): void {
    this.#stir(({ pod }) => helps(pod));
  }

  /**
   * A pod has gone. Whom that cannot help sleeps on: each try makes the next wait longer.
   * https://github.com/kubernetes/enhancements/tree/master/keps/sig-scheduling/4247-queueinghint
   */
  roomMade(): void {
    this.#stir(({ wantsRoom }) => wantsRoom);
  }

  /** Tries again whoever has waited for too long; to be called now and then. */
  flush(): void {
    const before = this.#clock.now() - longestWaitMs;
    for (const uid of [...this.#unschedulable]) {
      const entry = this.#entries.get(uid);
      if (entry !== undefined && entry.failedAt <= before) this.#release(entry);
    }
  }

  #stir(helps: (entry: Entry) => boolean): void {
    this.#changes += 1;
    for (const uid of [...this.#unschedulable]) {
      const entry = this.#entries.get(uid);
      if (entry !== undefined && helps(entry)) this.#release(entry);
    }
  }

  #release(entry: Entry): void {
    this.#unschedulable.delete(entry.uid);
    this.#backOff(entry);
  }

  #backOff(entry: Entry): void {
    const delay = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(entry.attempts - 1, 10));
    const left = entry.failedAt + delay - this.#clock.now();
    if (left <= 0) {
      this.#activate(entry);
      return;
    }
    const cancel = this.#clock.after(left, () => {
      this.#backingOff.delete(entry.uid);
      this.#activate(entry);
    });
    this.#backingOff.set(entry.uid, cancel);
  }

  #activate(entry: Entry): void {
    this.#inActive.add(entry.uid);
    this.#push(entry);
    this.#wake?.();
  }

  #push(entry: Entry): void {
    const heap = this.#active;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#swapIfBefore(at, parent)) break;
      at = parent;
    }
  }

  #pop(): Entry | undefined {
    const heap = this.#active;
    const [first] = heap;
    const last = heap.pop();
    if (last === undefined || first === last) return first;
    heap[0] = last;
    for (let at = 0; ; ) {
      const left = 2 * at + 1;
      const right = left + 1;
      const l = heap[left];
      const r = heap[right];
      if (l === undefined) break;
      const child = r !== undefined && before(r, l) ? right : left;
      if (!this.#swapIfBefore(child, at)) break;
      at = child;
    }
    return first;
  }

  #swapIfBefore(at: number, other: number): boolean {
    const a = this.#active[at];
    const b = this.#active[other];
    if (a === undefined || b === undefined || !before(a, b)) return false;
    this.#active[at] = b;
    this.#active[other] = a;
    return true;
  }
}

function before(a: Entry, b: Entry): boolean {
  const byPriority = (b.pod.spec.priority ?? 0) - (a.pod.spec.priority ?? 0);
  return byPriority !== 0 ? byPriority < 0 : a.since < b.since;
}
