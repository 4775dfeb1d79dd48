/**
 * The probes of one run of a container: the startup probe until it passes, then liveness and
 * readiness side by side for as long as the run lasts.
 */
import type { core } from '../../api/types.ts';
import { type ProbeTarget, runProbe } from './run.ts';
import { advance, initialState, type ProbeKind, type ProbeState } from './state.ts';

export interface ProberConfig extends ProbeTarget {
  readonly startedAt: number;
  /** What is known of the run already, when it was taken over. */
  readonly known: { started: boolean; ready: boolean };
  /** The verdict has changed: the pod is to be looked at again. */
  onChange(): void;
  /** A probe has failed, whether or not that changes the verdict. */
  onFailure(kind: ProbeKind, output: string): void;
}

export interface Prober {
  readonly started: boolean;
  readonly ready: boolean;
  /** Which probe condemned the container. */
  readonly unhealthy: 'startup' | 'liveness' | undefined;
  /** Ends startup and liveness probing: a container on its way out is not to be restarted. */
  spare(): void;
  stop(): void;
}

/** Starts to probe at once. */
export function createProber(config: ProberConfig): Prober {
  return new RunProber(config);
}

class RunProber implements Prober {
  readonly #config: ProberConfig;
  readonly #states = new Map<ProbeKind, ProbeState>();
  readonly #timers = new Map<ProbeKind, () => void>();
  #stopped = false;
  #spared = false;

  constructor(config: ProberConfig) {
    this.#config = config;
    const { started, ready } = config.known;
    const { startupProbe, readinessProbe } = config.container;
    const passed = { verdict: 'success', last: undefined, streak: 0 } as const;
    if (startupProbe !== undefined) {
      this.#states.set('startup', started ? passed : initialState('startup'));
    }
    if (readinessProbe !== undefined) {
      this.#states.set('readiness', ready ? passed : initialState('readiness'));
    }
    this.#states.set('liveness', initialState('liveness'));
    if (this.started) this.#begin();
    else this.#schedule('startup', startupProbe, this.#firstDelay(startupProbe));
  }

  get started(): boolean {
    const state = this.#states.get('startup');
    return state === undefined || state.verdict === 'success';
  }

  get ready(): boolean {
    const state = this.#states.get('readiness');
    return this.started && (state === undefined || state.verdict === 'success');
  }

  get unhealthy(): 'startup' | 'liveness' | undefined {
    if (this.#spared) return undefined;
    if (this.#states.get('startup')?.verdict === 'failure') return 'startup';
    return this.#states.get('liveness')?.verdict === 'failure' ? 'liveness' : undefined;
  }

  spare(): void {
    this.#spared = true;
    this.#cancel('startup');
    this.#cancel('liveness');
  }

  stop(): void {
    this.#stopped = true;
    for (const kind of [...this.#timers.keys()]) this.#cancel(kind);
  }

  #begin(): void {
    const { livenessProbe, readinessProbe } = this.#config.container;
    this.#schedule('liveness', livenessProbe, this.#firstDelay(livenessProbe));
    this.#schedule('readiness', readinessProbe, this.#firstDelay(readinessProbe));
  }

  /** The initial delay counts from the start of the container, not of the kubelet. */
  #firstDelay(probe: core.Probe | undefined): number {
    const { clock, startedAt } = this.#config;
    return Math.max(0, startedAt + (probe?.initialDelaySeconds ?? 0) * 1_000 - clock.now());
  }

  #schedule(kind: ProbeKind, probe: core.Probe | undefined, delayMs: number): void {
    if (probe === undefined || this.#stopped || (this.#spared && kind !== 'readiness')) return;
    this.#timers.set(
      kind,
      this.#config.clock.after(delayMs, () => void this.#look(kind, probe)),
    );
  }

  async #look(kind: ProbeKind, probe: core.Probe): Promise<void> {
    const { outcome, output } = await runProbe(this.#config, probe);
    if (this.#stopped || (this.#spared && kind !== 'readiness')) return;
    const before = this.#states.get(kind) ?? initialState(kind);
    const after = advance(before, outcome, probe);
    this.#states.set(kind, after);
    if (outcome === 'failure') this.#config.onFailure(kind, output);
    const condemned = kind !== 'readiness' && after.verdict === 'failure';
    if (kind === 'startup' && after.verdict === 'success') this.#begin();
    else if (!condemned) this.#schedule(kind, probe, (probe.periodSeconds ?? 10) * 1_000);
    if (after.verdict !== before.verdict) this.#config.onChange();
  }

  #cancel(kind: ProbeKind): void {
    this.#timers.get(kind)?.();
    this.#timers.delete(kind);
  }
}
