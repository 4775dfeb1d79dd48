/**
 * A directory in memory that forgets what was not synced, as a power cut does. Every write, sync and
 * change of a name is a step; at step `failAt` the disk fails, and so does every later one. It also fails
 * where `capacity` is reached, and goes on when there is room again.
 */
import type { AppendFile, Disk } from '../log/disk.ts';

interface File {
  /** What has been written, and how much of it is surely on the medium. */
  bytes: Buffer;
  synced: number;
}

export class PowerCut extends Error {
  constructor() {
    super('no space left on device');
  }
}

export class FaultyDisk implements Disk {
  /** Names as a program sees them, and as they would stand after a crash. */
  #names = new Map<string, File>();
  #durable: Map<string, File>;
  #changes: ((names: Map<string, File>) => void)[] = [];
  readonly #random: () => number;
  #steps = 0;
  failAt = Number.MAX_SAFE_INTEGER;
  /** What it throws when it fails. */
  failure: Error = new PowerCut();
  /** In bytes, of all files together with what others have `taken`. */
  capacity = Number.POSITIVE_INFINITY;
  taken = 0;

  constructor(random: () => number, names = new Map<string, File>()) {
    this.#random = random;
    this.#names = new Map(names);
    this.#durable = new Map(names);
  }

  get steps(): number {
    return this.#steps;
  }

  /** What a new process finds after a crash, either of the process alone or of the machine. */
  afterCrash(): FaultyDisk {
    return this.#random() < 0.3 ? this.#afterKill() : this.#afterPowerCut();
  }

  /** Everything that was written, but what was not synced may still be lost at the next power cut. */
  #afterKill(): FaultyDisk {
    const next = new FaultyDisk(this.#random);
    next.#names = this.#names;
    next.#durable = this.#durable;
    next.#changes = this.#changes;
    return next;
  }

  /** Synced bytes, and of the rest whatever happened to arrive. */
  #afterPowerCut(): FaultyDisk {
    const kept = Math.floor(this.#random() * (this.#changes.length + 1));
    const names = new Map(this.#durable);
    for (const change of this.#changes.slice(0, kept)) change(names);
    const files = new Map<string, File>();
    for (const [name, file] of names) {
      const extra = Math.floor(this.#random() * (file.bytes.length - file.synced + 1));
      const bytes = Buffer.from(file.bytes.subarray(0, file.synced + extra));
      // A sector that was under way may hold anything.
      if (extra > 0 && this.#random() < 0.3) {
        const at = file.synced + Math.floor(this.#random() * extra);
        bytes[at] = (bytes[at] as number) ^ 0x5a;
      }
      files.set(name, { bytes, synced: bytes.length });
    }
    return new FaultyDisk(this.#random, files);
  }

  async list(): Promise<string[]> {
    return [...this.#names.keys()];
  }

  async read(name: string): Promise<Uint8Array> {
    return Buffer.from(this.#file(name).bytes);
  }

  async create(name: string): Promise<AppendFile> {
    this.#step();
    const file: File = { bytes: Buffer.alloc(0), synced: 0 };
    this.#change((names) => names.set(name, file));
    return {
      write: async (bytes) => {
        // A failing write may still have put some of its bytes down.
        const failing = this.#steps + 1 >= this.failAt;
        if (!failing && bytes.length > this.#room())
          throw new Error('ENOSPC: no space left on device');
        const length = failing ? Math.floor(this.#random() * bytes.length) : bytes.length;
        file.bytes = Buffer.concat([file.bytes, bytes.subarray(0, length)]);
        this.#step();
      },
      sync: async () => {
        this.#step();
        file.synced = file.bytes.length;
      },
      close: async () => {},
    };
  }

  async truncate(name: string, size: number): Promise<void> {
    this.#step();
    const file = this.#file(name);
    file.bytes = file.bytes.subarray(0, size);
    file.synced = size;
  }

  async rename(from: string, to: string): Promise<void> {
    this.#step();
    const file = this.#file(from);
    this.#change((names) => {
      names.delete(from);
      names.set(to, file);
    });
  }

  async remove(name: string): Promise<void> {
    this.#step();
    this.#change((names) => names.delete(name));
  }

  async syncDirectory(): Promise<void> {
    this.#step();
    for (const change of this.#changes) change(this.#durable);
    this.#changes = [];
  }

  async free(): Promise<number | undefined> {
    return Number.isFinite(this.capacity) ? this.#room() : undefined;
  }

  #room(): number {
    let used = this.taken;
    for (const { bytes } of this.#names.values()) used += bytes.length;
    return this.capacity - used;
  }

  #file(name: string): File {
    const file = this.#names.get(name);
    if (file === undefined) throw new Error(`${name}: no such file`);
    return file;
  }

  #change(change: (names: Map<string, File>) => void): void {
    change(this.#names);
    this.#changes.push(change);
  }

  #step(): void {
    this.#steps++;
    if (this.#steps >= this.failAt) throw this.failure;
  }
}

/** A small seeded generator (mulberry32): numbers from 0 up to 1. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
