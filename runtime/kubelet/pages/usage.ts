/** What the pods of the node use at the moment, container by container, straight from the engine. */
import type { ContainerInfo, ContainerStats } from '../../engine/engine.ts';
import type { KubeletContext } from '../context.ts';
import type { PodRecord } from '../pods/record.ts';
import { isRunning, runningContainers } from '../pods/runtime-state.ts';

export interface ContainerUsage {
  readonly run: ContainerInfo;
  readonly stats: ContainerStats;
  /** Thousand millionths of a core, on average since the last time; not known the first time. */
  readonly nanoCores: number | undefined;
}

export interface PodUsage {
  readonly record: PodRecord;
  readonly containers: readonly ContainerUsage[];
  /** With its sandbox. */
  readonly total: Total;
}

export interface Total {
  /** Nanoseconds of processor time. */
  readonly cpuNanoseconds: number;
  readonly memoryBytes: number;
  readonly nanoCores: number | undefined;
}

/** How far apart two looks must be to tell a rate, and how far they may be. */
const leastWindowMs = 1_000;
const mostWindowMs = 300_000;

/** Makes the function that measures. Throws EngineError. */
export function usageMeter(
  { engine, clock }: Pick<KubeletContext, 'engine' | 'clock'>,
  records: () => Iterable<PodRecord>,
): () => Promise<PodUsage[]> {
  let before = new Map<string, { at: number; cpu: number }>();
  const measure = async (
    run: ContainerInfo,
    seen: typeof before,
  ): Promise<ContainerUsage | undefined> => {
    const stats = await engine.stats(run.id);
    if (stats === undefined) return undefined;
    const now = { at: clock.now(), cpu: stats.cpuNanoseconds };
    const last = before.get(run.id);
    const ms = last === undefined ? 0 : now.at - last.at;
    const known = last !== undefined && ms >= leastWindowMs && ms <= mostWindowMs;
    // A look that comes too soon must not take the ground from under the next.
    seen.set(run.id, last !== undefined && ms < leastWindowMs ? last : now);
    const nanoCores = known ? Math.round(((now.cpu - last.cpu) * 1_000) / ms) : undefined;
    return { run, stats, nanoCores };
  };
  return async () => {
    const seen: typeof before = new Map();
    const measured = await Promise.all(
      [...records()].map(async (record): Promise<PodUsage> => {
        const runs = runningContainers(record.runtime);
        const { sandbox } = record.runtime;
        const [containers, ground] = await Promise.all([
          Promise.all(runs.map((run) => measure(run, seen))),
          isRunning(sandbox) ? measure(sandbox, seen) : undefined,
        ]);
        const known = containers.filter((usage) => usage !== undefined);
        return {
          record,
          containers: known,
          total: totalOf([...known, ...(ground ? [ground] : [])]),
        };
      }),
    );
    before = seen;
    return measured.filter(({ containers }) => containers.length > 0);
  };
}

function totalOf(usages: readonly ContainerUsage[]): Total {
  return sum(
    usages.map(({ stats, nanoCores }) => ({
      cpuNanoseconds: stats.cpuNanoseconds,
      memoryBytes: stats.memoryWorkingSetBytes,
      nanoCores,
    })),
  );
}

/** Everything together; the rate only where all have one. */
export function sum(totals: readonly Total[]): Total {
  const add = (of: (total: Total) => number) => totals.reduce((all, total) => all + of(total), 0);
  const known = totals.length > 0 && totals.every(({ nanoCores }) => nanoCores !== undefined);
  return {
    cpuNanoseconds: add(({ cpuNanoseconds }) => cpuNanoseconds),
    memoryBytes: add(({ memoryBytes }) => memoryBytes),
    nanoCores: known ? add(({ nanoCores }) => nanoCores ?? 0) : undefined,
  };
}
