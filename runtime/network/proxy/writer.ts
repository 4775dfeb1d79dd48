/** Keeps one nftables table as it is wanted, writing differences only. */
import type { Clock } from '../../api/clock.ts';
import { difference, type RuleSet, renderChanges, renderWhole } from './rule-set.ts';

export interface WriterOptions {
  readonly table: string;
  /** Hands a script to `nft -f -` in the right namespace; rejects if it was not applied. */
  readonly apply: (script: string) => Promise<void>;
  /** Makes the kernel forget UDP flows (see RuleSet); what fails here is not tried again. */
  readonly forgetFlows: (flows: readonly string[]) => Promise<void>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Told once for every failure that is not the same as the last. */
  readonly onError: (error: unknown) => void;
}

export interface Writer {
  /** The latest call counts; writing goes on behind. */
  want(rules: RuleSet): void;
  /** What the kernel holds is not known any more: the next write replaces the table. */
  forget(): void;
  /** Resolves once the kernel holds what was wanted last; rejects with the signal's reason. */
  settled(): Promise<void>;
}

const firstRetryMs = 250;
const lastRetryMs = 30_000;

/** The first write replaces whatever an earlier process left in the table. */
export function createWriter(options: WriterOptions): Writer {
  const { table, apply, clock, signal } = options;
  let wanted: RuleSet | undefined;
  let applied: RuleSet | undefined;
  let flows: ReadonlySet<string> = new Set();
  let working: Promise<void> | undefined;

  async function writeOnce(next: RuleSet): Promise<void> {
    if (applied !== undefined) {
      const script = renderChanges(table, difference(applied, next));
      try {
        if (script !== '') await apply(script);
        return await done(next);
      } catch {
        // Somebody else changed the table, or it is gone with its namespace.
        applied = undefined;
      }
    }
    await apply(renderWhole(table, next));
    await done(next);
  }

  async function done(next: RuleSet): Promise<void> {
    applied = next;
    const gone = [...flows].filter((flow) => !next.flows.has(flow));
    flows = next.flows;
    if (gone.length > 0) await options.forgetFlows(gone).catch(options.onError);
  }

  async function work(): Promise<void> {
    let retryMs = firstRetryMs;
    let complaint = '';
    try {
      while (wanted !== undefined && wanted !== applied) {
        signal.throwIfAborted();
        try {
          await writeOnce(wanted);
          retryMs = firstRetryMs;
          complaint = '';
        } catch (error) {
          if (String(error) !== complaint) options.onError(error);
          complaint = String(error);
          await clock.sleep(retryMs, signal);
          retryMs = Math.min(retryMs * 2, lastRetryMs);
        }
      }
    } finally {
      // In the same step as the last look at `wanted`, so that no wish falls in between.
      working = undefined;
    }
  }

  function start(): Promise<void> {
    working ??= Promise.resolve().then(work);
    return working;
  }

  return {
    want(rules) {
      wanted = rules;
      start().catch(() => {});
    },
    forget() {
      applied = undefined;
      start().catch(() => {});
    },
    settled: start,
  };
}
