/** What every part of a kubelet is handed. */
import type { Clock } from '../api/clock.ts';
import type { KubeObject } from '../api/object.ts';
import { isApiError } from '../api/status.ts';
import type { Node, Pod, Service } from '../api/types.ts';
import type { Client, Resource } from '../client/client.ts';
import type { EventRecorder } from '../client/events.ts';
import type { Informer, Informers } from '../client/informer.ts';
import { at } from '../client/resources.ts';
import type { Engine } from '../engine/engine.ts';

export interface KubeletOptions {
  /** Calls as the node, and sees what nodes may see. */
  readonly client: Client;
  /** Of that client. */
  readonly informers: Informers;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly log: (message: string) => void;
  /** Ends the kubelet; containers go on running. */
  readonly signal: AbortSignal;
  readonly node: {
    readonly name: string;
    readonly address: string;
    /** The node's container, whose network hostNetwork pods join. */
    readonly containerId: string;
    readonly cpu: number;
    readonly memoryBytes: number;
    readonly maxPods: number;
    /** Besides the well-known labels. */
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly cluster: {
    readonly name: string;
    readonly dnsAddress: string;
    /** `cluster.local` */
    readonly domain: string;
    /** The engine's network that pods are put on. */
    readonly networkName: string;
    readonly sandboxImage: string;
    /** Replaces the sandbox image's entrypoint; for tests. */
    readonly sandboxCommand?: readonly string[];
  };
  /** Where pods' files live: written through `containerId` at `root`, mounted from `enginePath`. */
  readonly files: {
    readonly containerId: string;
    readonly root: string;
    readonly enginePath: string;
  };
  readonly apiServer: {
    /** The address of the `kubernetes` service. */
    readonly host: string;
    readonly caPem: string;
  };
}

export interface KubeletContext extends KubeletOptions {
  readonly recorder: EventRecorder;
  readonly simulated: boolean;
  readonly caches: {
    readonly pods: Informer<Pod>;
    readonly services: Informer<Service>;
  };
  /** The kubelet's own node as last seen. */
  ownNode(): Node | undefined;
}

/**
 * An object as the server has it now, not as a cache remembers it: a pod often comes right after
 * what it refers to. Undefined if it is not there; throws ApiError for anything else.
 */
export async function fetchObject<T extends KubeObject>(
  client: Client,
  resource: Resource,
  name: string,
  namespace?: string,
): Promise<T | undefined> {
  try {
    return await client.get<T>(at(resource, name, namespace));
  } catch (error) {
    if (isApiError(error, 'NotFound')) return undefined;
    throw error;
  }
}

/** Something a person must be told about a pod, with the waiting reason that `kubectl get` shows. */
export class PodProblem extends Error {
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.name = 'PodProblem';
    this.reason = reason;
  }
}

/** The words of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
