/**
 * Reads the engine's counters of all running containers of a cluster. CPU time is a counter, so a
 * rate takes two readings: the one before and the one now, or, if nobody has asked for long, two that
 * are a second apart.
 */
import type { Clock } from '../api/clock.ts';
import {
  type ContainerInfo,
  type ContainerStats,
  type Engine,
  engineLabels,
} from '../engine/engine.ts';

export interface Rate {
  readonly container: ContainerInfo;
  /** Billionths of a processor. */
  readonly cpuNanoCores: number;
  readonly memoryBytes: number;
}

export interface Sample {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly windowMs: number;
  readonly rates: readonly Rate[];
}

export interface Sampler {
  /** Readings of the last seconds; reads anew if there are none. Throws EngineError. */
  sample(): Promise<Sample>;
}

/** What of an engine is read. */
export type Meters = Pick<Engine, 'containers' | 'stats'>;

/** How long an answer is good. */
const freshMs = 10_000;
/** The time between two readings: long enough for a rate, short enough to say something of now. */
const shortestMs = 1000;
const longestMs = 60_000;
/** Containers that the engine is asked about at once. */
const concurrency = 8;

interface Reading {
  readonly at: number;
  readonly containers: ReadonlyMap<string, { info: ContainerInfo; stats: ContainerStats }>;
}

export function createSampler(engine: Meters, clock: Clock, cluster: string): Sampler {
  let previous: Reading | undefined;
  let latest: { sample: Sample; reading: Reading } | undefined;
  let busy: Promise<Sample> | undefined;

  const renew = async (): Promise<Sample> => {
    const before = latest?.reading ?? previous;
    const age = before === undefined ? Number.POSITIVE_INFINITY : clock.now() - before.at;
    if (age > longestMs) previous = await read(engine, clock, cluster);
    else previous = before;
    const wait = shortestMs - (clock.now() - (previous?.at ?? 0));
    if (wait > 0) await clock.sleep(wait);
    const reading = await read(engine, clock, cluster);
    const sample = rates(previous as Reading, reading);
    latest = { sample, reading };
    return sample;
  };

  return {
    async sample() {
      if (latest !== undefined && clock.now() - latest.sample.at < freshMs) return latest.sample;
      busy ??= renew().finally(() => {
        busy = undefined;
      });
      return busy;
    },
  };
}

async function read(engine: Meters, clock: Clock, cluster: string): Promise<Reading> {
  const all = await engine.containers({ [engineLabels.cluster]: cluster });
  const running = all.filter(({ state }) => state === 'running');
  const containers = new Map<string, { info: ContainerInfo; stats: ContainerStats }>();
  const worker = async () => {
    for (let info = running.pop(); info !== undefined; info = running.pop()) {
      const stats = await engine.stats(info.id);
      if (stats !== undefined) containers.set(info.id, { info, stats });
      // A simulated engine answers at once: others must have their turn.
      if (running.length > 0 && running.length % 500 === 0)
        await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return { at: clock.now(), containers };
}

function rates(before: Reading, now: Reading): Sample {
  const found: Rate[] = [];
  for (const [id, { info, stats }] of now.containers) {
    const earlier = before.containers.get(id)?.stats;
    // Of a container that has just begun all of its time was used since its start.
    const [since, used] =
      earlier === undefined
        ? [info.startedAt, stats.cpuNanoseconds]
        : [earlier.timestamp, stats.cpuNanoseconds - earlier.cpuNanoseconds];
    const seconds = (stats.timestamp - since) / 1000;
    if (seconds <= 0 || used < 0) continue;
    const cpuNanoCores = Math.round(used / seconds);
    found.push({ container: info, cpuNanoCores, memoryBytes: stats.memoryWorkingSetBytes });
  }
  return { at: now.at, windowMs: Math.max(1, now.at - before.at), rates: found };
}
