/**
 * One of several processes does the work, and another takes over when it ends or falls silent. Who it
 * is stands in a Lease, renewed every two seconds; who has not managed to for ten stops by itself, five
 * before anybody else may begin.
 * https://kubernetes.io/docs/concepts/architecture/leases/#leader-election
 *
 *   wait ──► the lease is free, its time is over, or it is ours ──► lead ──► cannot renew it, or lost it
 *    ▲                                                                            │
 *    └────────────────────────────────────────────────────────────────────────────┘
 *
 * The time of others' clocks is never looked at: a lease is over when it has not changed for its
 * duration while we watched.
 */
import { type Clock, microTimestamp } from '../api/clock.ts';
import { isApiError } from '../api/status.ts';
import type { Lease } from '../api/types.ts';
import type { Client } from './client.ts';
import { at, leases } from './resources.ts';

export interface LeaderElectionOptions {
  readonly client: Client;
  readonly clock: Clock;
  /** Ends the term, if there is one, and gives the lease back. */
  readonly signal: AbortSignal;
  /** From 0 up to 1, for jitter. */
  readonly random: () => number;
  readonly lease: { readonly name: string; readonly namespace: string };
  /** Differs from that of every other process; the same after a restart takes over at once. */
  readonly identity: string;
  /** Begins the work; it must end with the signal. Called again for every term. */
  readonly lead: (signal: AbortSignal) => void;
  readonly log: (message: string) => void;
}

const leaseSeconds = 15;
const renewDeadlineMs = 10_000;
const retryMs = 2_000;

/** Takes part until the signal aborts; never rejects. Resolves when the lease is given back. */
export async function runLeaderElection(options: LeaderElectionOptions): Promise<void> {
  const election = new Election(options);
  const { signal } = options;
  while (!signal.aborted) {
    if (await election.acquire()) await election.term();
  }
}

class Election {
  readonly #options: LeaderElectionOptions;
  /** The lease as last seen, and when it was first seen like that. */
  #seen: { version: string; at: number } | undefined;
  #holder: string | undefined;

  constructor(options: LeaderElectionOptions) {
    this.#options = options;
  }

  /** Resolves with true once the lease is ours, with false if the signal aborts before. */
  async acquire(): Promise<boolean> {
    const { signal, log, lease } = this.#options;
    let waiting = false;
    while (!signal.aborted) {
      try {
        if (await this.#take()) return true;
        if (!waiting) log(`${lease.name}: ${this.#holder} leads; waiting`);
        waiting = true;
      } catch (error) {
        if (!isRace(error)) log(`${lease.name}: the lease cannot be had: ${String(error)}`);
      }
      await this.#pause(retryMs * (1 + this.#options.random() * 0.2));
    }
    return false;
  }

  /** Leads until the lease is lost or the signal aborts. */
  async term(): Promise<void> {
    const { clock, signal, lead, log, lease, identity } = this.#options;
    const term = new AbortController();
    const end = () => term.abort(signal.reason);
    signal.addEventListener('abort', end, { once: true });
    log(`${lease.name}: ${identity} leads`);
    lead(term.signal);
    let renewed = clock.now();
    while (!signal.aborted) {
      await this.#pause(retryMs);
      if (signal.aborted) break;
      try {
        if (!(await this.#take())) break;
        renewed = clock.now();
      } catch (error) {
        if (clock.now() - renewed < renewDeadlineMs) continue;
        log(`${lease.name}: the lease could not be renewed: ${String(error)}`);
        break;
      }
    }
    signal.removeEventListener('abort', end);
    term.abort(new Error(`${lease.name}: the lease is lost`));
    if (signal.aborted) await this.#release();
    else log(`${lease.name}: ${identity} leads no more`);
  }

  /** True if the lease is ours, and renewed. Throws ApiError; Conflict if another was faster. */
  async #take(): Promise<boolean> {
    const { client, clock, lease, identity } = this.#options;
    const target = at(leases, lease.name, lease.namespace);
    const renewTime = microTimestamp(clock.now());
    const own = { holderIdentity: identity, leaseDurationSeconds: leaseSeconds, renewTime };
    const found = await client.get<Lease>(target).catch((error: unknown) => {
      if (isApiError(error, 'NotFound')) return undefined;
      throw error;
    });
    if (found === undefined) {
      const spec = { ...own, acquireTime: renewTime, leaseTransitions: 0 };
      const metadata = { name: lease.name, namespace: lease.namespace };
      const object = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec };
      await client.create({ ...leases, namespace: lease.namespace }, object as unknown as Lease);
      return true;
    }
    const { holderIdentity = '', leaseTransitions = 0 } = found.spec;
    this.#holder = holderIdentity;
    const ours = holderIdentity === identity;
    if (!ours && holderIdentity !== '' && !this.#isOver(found)) return false;
    const spec = {
      ...found.spec,
      ...own,
      ...(ours ? {} : { acquireTime: renewTime, leaseTransitions: leaseTransitions + 1 }),
    };
    await client.update(target, { ...found, spec } as Lease);
    return true;
  }

  #isOver({ metadata, spec }: Lease): boolean {
    const now = this.#options.clock.now();
    if (this.#seen?.version !== metadata.resourceVersion) {
      this.#seen = { version: metadata.resourceVersion, at: now };
    }
    return now - this.#seen.at > (spec.leaseDurationSeconds ?? leaseSeconds) * 1000;
  }

  /** Others need not wait for the time to be over. */
  async #release(): Promise<void> {
    const { client, lease, identity, log } = this.#options;
    const target = at(leases, lease.name, lease.namespace);
    try {
      const found = await client.get<Lease>(target);
      if (found.spec.holderIdentity !== identity) return;
      const { holderIdentity: _, ...rest } = found.spec;
      await client.update(target, {
        ...found,
        spec: { ...rest, leaseDurationSeconds: 1 },
      } as Lease);
    } catch (error) {
      if (!isRace(error)) log(`${lease.name}: the lease is not given back: ${String(error)}`);
    }
  }

  #pause(ms: number): Promise<void> {
    return this.#options.clock.sleep(ms, this.#options.signal).catch(() => {});
  }
}

function isRace(error: unknown): boolean {
  return isApiError(error, 'Conflict', 'AlreadyExists', 'NotFound');
}
