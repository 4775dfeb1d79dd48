/**
 * Controllers and scheduler. Where several processes share their state, each of the two runs in one of
 * them alone; else the lock on the data directory has seen to that already.
 */
import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import type { Clock } from '../api/clock.ts';
import type { Pki } from '../apiserver/pki/pki.ts';
import type { Client } from '../client/client.ts';
import type { Informers } from '../client/informer.ts';
import { runLeaderElection } from '../client/leader-election.ts';
import { runControllers } from '../controllers/manager.ts';
import { runScheduler } from '../scheduler/scheduler.ts';
import type { ClusterPaths, ClusterSettings } from './data-directory.ts';
import { type Identity, identities } from './identities.ts';
import { createLoggedInformers } from './informers.ts';
import type { Log } from './log-file.ts';

export interface ControlLoopsOptions {
  readonly settings: ClusterSettings;
  readonly paths: ClusterPaths;
  readonly clientOf: (user: Identity) => Client;
  /** Of the whole process. */
  readonly informers: Informers;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly random: () => number;
  readonly pki: Pki;
  /** Where volumes are provisioned. */
  readonly volumes: string;
  readonly log: Log;
}

/** The leases' names; upstream components use the same. */
const managerLease = 'kube-controller-manager';
const schedulerLease = 'kube-scheduler';

/** Who this process is to others on the same state: the same again after a restart. */
export function electionIdentity({ name }: ClusterSettings, { directory }: ClusterPaths): string {
  const place = createHash('sha256').update(directory).digest('hex').slice(0, 8);
  return `${hostname()}_${name}_${place}`;
}

/** Starts both; the result resolves once their leases are given back, after the signal has aborted. */
export function runControlLoops(options: ControlLoopsOptions): {
  readonly ended: Promise<unknown>;
} {
  const { settings, informers, signal } = options;
  if (settings.store === undefined) {
    manage(options, informers, signal);
    schedule(options, informers, signal);
    return { ended: Promise.resolve() };
  }
  const ended = [
    elect(options, managerLease, identities.controllerManager, manage),
    elect(options, schedulerLease, identities.scheduler, schedule),
  ];
  return { ended: Promise.all(ended) };
}

type Start = (options: ControlLoopsOptions, informers: Informers, signal: AbortSignal) => void;

function elect(
  options: ControlLoopsOptions,
  lease: string,
  user: Identity,
  start: Start,
): Promise<void> {
  const { clientOf, clock, signal, random, settings, paths, log } = options;
  return runLeaderElection({
    ...{ client: clientOf(user), clock, signal, random },
    lease: { name: lease, namespace: 'kube-system' },
    identity: electionIdentity(settings, paths),
    // Informers of its own, so that nothing of a term outlives it.
    lead: (term) =>
      start(
        options,
        createLoggedInformers(clientOf(identities.controllerManager), clock, term, log),
        term,
      ),
    log: (line) => log('election', line),
  });
}

function manage(options: ControlLoopsOptions, informers: Informers, signal: AbortSignal): void {
  const { clientOf, clock, random, pki, volumes, log } = options;
  runControllers({
    ...{ informers, clock, signal, random },
    client: clientOf(identities.controllerManager),
    clientOf: (account) => clientOf(identities.controller(account)),
    log: (line) => log('controllers', line),
    rootCaPem: pki.caPem,
    signCertificate: pki.certify,
    signServiceAccountToken: pki.serviceAccount.sign,
    persistentVolumeRoot: volumes,
  });
}

function schedule(options: ControlLoopsOptions, informers: Informers, signal: AbortSignal): void {
  const { clientOf, clock, random, log } = options;
  runScheduler({
    ...{ informers, clock, signal, random },
    client: clientOf(identities.scheduler),
    log: (line) => log('scheduler', line),
  });
}
