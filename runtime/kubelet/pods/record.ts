/** Everything a kubelet knows of one pod. Lost with the process, and found again from API and engine. */
import type { core, Pod } from '../../api/types.ts';
import type { ContainerInfo } from '../../engine/engine.ts';
import type { Prober } from '../probes/prober.ts';
import type { Waiting } from '../status/container-status.ts';
import type { Verdict } from '../status/pod-status.ts';
import type { MountSource } from '../volumes/prepare.ts';
import { type Demand, demandOf } from './admission.ts';
import { type Grant, grantedPod, grantOf, type PendingResize } from './resize.ts';
import type { Notice } from './restart-all.ts';
import { emptyRuntime, isRunning, type PodRuntime } from './runtime-state.ts';

export class PodRecord {
  readonly uid: string;
  /** As the API has it. */
  pod: Pod;
  /** The API has it no more: what is left of it is to go. */
  gone = false;
  /** Nothing is left of it here and its end is told; the API keeps it for a finalizer's sake. */
  over = false;
  runtime: PodRuntime = emptyRuntime;
  /** Why a container does not run although it should. */
  readonly waiting = new Map<string, Waiting>();
  /** By container id. */
  readonly probers = new Map<string, Prober>();
  /** Termination messages by container id. */
  readonly messages = new Map<string, string>();
  /** Of the last end that made the whole pod start anew. */
  notice: Notice | undefined;
  /** What running containers were given, by container id. */
  readonly resources = new Map<string, core.ResourceRequirements>();
  /** What the node has granted the pod, which may be less than it asks for by now. */
  grant: Grant;
  /** Why it has not been granted what it asks for. */
  pendingResize: PendingResize | undefined;
  /** It was granted something else, which its containers are yet to be given. */
  resizing = false;
  /** Why a container could not be given what was granted, if it could not. */
  resizeError: string | undefined;
  sources: ReadonlyMap<string, MountSource> | undefined;
  /** The name of the content that each volume shows. */
  published = new Map<string, string>();
  /** Something that a volume is made of has changed. */
  volumesDirty = false;
  /** Failed attempts at volumes or sandbox in a row. */
  failures = 0;
  /** What it takes of the node. */
  demand: Demand;
  /** The pod's end, when it is not its containers that decide it. */
  verdict: Verdict | undefined;
  /** Nothing is going to be started again. */
  ending = false;
  /** A stop under way; when its grace is over, in milliseconds since the epoch. */
  stopping: { deadline: number; done: Promise<void> } | undefined;
  /** Starts that the engine has not answered yet; some of them nobody waits for any more. */
  readonly starting = new Set<Promise<void>>();
  /** Aborted when the pod is to end: pulls and hooks are not waited for. */
  readonly work = new AbortController();
  /** As last computed. */
  status: core.PodStatus;
  /** What has been said once and is not said again. */
  readonly said = new Set<string>();
  #granted: { of: Pod; grant: Grant; pod: Pod } | undefined;

  constructor(pod: Pod) {
    this.uid = pod.metadata.uid;
    this.pod = pod;
    this.grant = grantOf(pod);
    this.demand = demandOf(this.granted);
    this.status = pod.status ?? {};
  }

  /** The pod with the resources that it has been granted: what is run, as far as it can change. */
  get granted(): Pod {
    if (this.#granted?.of !== this.pod || this.#granted.grant !== this.grant) {
      const pod = grantedPod(this.pod, this.grant);
      this.#granted = { of: this.pod, grant: this.grant, pod };
    }
    return this.#granted.pod;
  }

  /** True once the pod is being deleted or has been. */
  get doomed(): boolean {
    return this.gone || this.pod.metadata.deletionTimestamp !== undefined;
  }

  started(run: ContainerInfo): boolean {
    return isRunning(run) && (this.probers.get(run.id)?.started ?? false);
  }

  ready(run: ContainerInfo): boolean {
    return isRunning(run) && (this.probers.get(run.id)?.ready ?? false);
  }

  /** True the first time it is asked: for things that are to be said once. */
  first(what: string): boolean {
    if (this.said.has(what)) return false;
    this.said.add(what);
    return true;
  }
}
