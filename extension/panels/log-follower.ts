/**
 * Follows the logs of all containers of all pods that match, for as long as it lives: pods that
 * come later are attached to, containers that restart are followed on, and a connection that broke
 * is resumed after the last line that was seen.
 *
 *     pod informer ──► which containers have something to read? ──► one stream each ──► lines
 *                                    ▲                                    │
 *                                    └──── ended: restarted or broken? ◄──┘
 */
import { setMaxListeners } from 'node:events';
import type { Readable } from 'node:stream';
import type { LogLine, LogSource } from '../../media/messages.ts';
import type { Clock } from '../../runtime/api/clock.ts';
import type { core, Pod } from '../../runtime/api/types.ts';
import type { Informer } from '../../runtime/client/informer.ts';
import type { PodStreams } from '../../runtime/client/pod-streams.ts';
import { podSummary } from '../explorer/status.ts';

export interface LogFollowerConfig {
  streams: PodStreams;
  pods: Informer<Pod>;
  matches: (pod: Pod) => boolean;
  /** Only this container of each pod. */
  container?: string;
  /** The runs before the present ones; these end, nothing is followed. */
  previous: boolean;
  /** How many lines of what was written before are shown, per container. */
  tailLines: number;
  /** More lines than these are not kept until the next batch goes out. */
  maxBatch: number;
  clock: Clock;
  onLines: (lines: LogLine[], dropped: number) => void;
  onSources: (sources: LogSource[]) => void;
  /** Why there is nothing to read yet: told while no container is known. */
  onWaiting: (text: string) => void;
}

const batchMs = 60;
/** What containers wrote before comes from one after the other, and is shown in order. */
const firstBatchMs = 250;
const maxLineLength = 16_384;
const retryMs = 1_000;

interface Attached {
  source: LogSource;
  /** What run of which container: pod uid, container, restarts. */
  run: string;
  lastTime: string;
  stream: Readable | undefined;
  /** Rises with every stream that is opened, so that an old one's end is not taken for the new's. */
  attempt: number;
}

export class LogFollower {
  readonly #config: LogFollowerConfig;
  readonly #attached = new Map<string, Attached>();
  readonly #abort = new AbortController();
  readonly #unsubscribe: () => void;
  #lines: LogLine[] = [];
  #dropped = 0;
  #timer: (() => void) | undefined;
  #sourcesChanged = false;
  #hasSent = false;
  #waitingText = '';
  #nextId = 0;

  constructor(config: LogFollowerConfig) {
    this.#config = config;
    // Every stream listens to it, and a workload may have hundreds of pods.
    setMaxListeners(0, this.#abort.signal);
    this.#unsubscribe = config.pods.subscribe({
      added: (pod) => this.#look(pod),
      updated: (pod) => this.#look(pod),
      deleted: (pod) => this.#gone(pod),
    });
    config.pods.synced.then(
      () => this.#tellWaiting(),
      () => {
        // The session is over before the first list was there.
      },
    );
  }

  dispose(): void {
    this.#unsubscribe();
    this.#timer?.();
    this.#abort.abort();
    for (const { stream } of this.#attached.values()) stream?.destroy();
  }

  #look(pod: Pod): void {
    if (!this.#config.matches(pod)) return;
    const statuses = [
      ...(pod.status?.initContainerStatuses ?? []),
      ...(pod.status?.containerStatuses ?? []),
    ];
    for (const status of statuses) {
      if (this.#config.container !== undefined && status.name !== this.#config.container) continue;
      this.#lookAt(pod, status);
    }
    this.#tellWaiting();
  }

  #tellWaiting(): void {
    const { pods, matches, onWaiting } = this.#config;
    if (this.#attached.size > 0 || !pods.hasSynced || this.#abort.signal.aborted) return;
    const text = waitingText(pods.list().find(matches));
    if (text === this.#waitingText) return;
    this.#waitingText = text;
    onWaiting(text);
  }

  #lookAt(pod: Pod, status: core.ContainerStatus): void {
    const key = `${pod.metadata.uid}/${status.name}`;
    const attached = this.#attached.get(key) ?? this.#add(key, pod, status.name);
    const { waiting, running, terminated } = status.state ?? {};
    const readable = this.#config.previous
      ? status.lastState?.terminated !== undefined
      : running !== undefined || terminated !== undefined;
    const run = `${key}/${status.restartCount}`;
    if (attached.run === run) return;
    if (!readable) {
      const message = this.#config.previous
        ? 'has not run before'
        : (waiting?.message ?? waiting?.reason);
      if (attached.stream === undefined) this.#setState(attached, 'waiting', message);
      return;
    }
    const isFirst = attached.run === '';
    attached.run = run;
    void this.#open(pod, attached, isFirst);
  }

  #add(key: string, pod: Pod, container: string): Attached {
    const source: LogSource = {
      id: this.#nextId++,
      pod: pod.metadata.name,
      container,
      state: 'waiting',
    };
    const attached: Attached = { source, run: '', lastTime: '', stream: undefined, attempt: 0 };
    this.#attached.set(key, attached);
    this.#changedSources();
    return attached;
  }

  #gone(pod: Pod): void {
    for (const [key, attached] of this.#attached) {
      if (!key.startsWith(`${pod.metadata.uid}/`)) continue;
      // What the stream still holds is read to its end; only a stream that waits is ended here.
      if (attached.stream === undefined) this.#setState(attached, 'ended', 'deleted');
      else attached.source.message = 'deleted';
      this.#changedSources();
    }
    this.#tellWaiting();
  }

  async #open(pod: Pod, attached: Attached, isFirst: boolean): Promise<void> {
    const { streams, previous, tailLines } = this.#config;
    const attempt = ++attached.attempt;
    attached.stream?.destroy();
    try {
      const { namespace = 'default', name } = pod.metadata;
      const stream = await streams.logs(
        { namespace, name },
        {
          container: attached.source.container,
          follow: !previous,
          previous,
          timestamps: true,
          signal: this.#abort.signal,
          ...(isFirst ? { tailLines } : {}),
          ...(attached.lastTime === '' ? {} : { sinceTime: wholeSeconds(attached.lastTime) }),
        },
      );
      if (this.#abort.signal.aborted || attempt !== attached.attempt) {
        stream.destroy();
        return;
      }
      attached.stream = stream;
      this.#setState(attached, 'following');
      await this.#read(stream, attached);
      if (attempt === attached.attempt) this.#ended(pod, attached);
    } catch (error) {
      if (this.#abort.signal.aborted || attempt !== attached.attempt) return;
      attached.stream = undefined;
      this.#setState(attached, 'failed', error instanceof Error ? error.message : String(error));
      this.#retry(pod, attached);
    }
  }

  /** A stream ended: because the container did, or because the connection broke. */
  #ended(pod: Pod, attached: Attached): void {
    attached.stream = undefined;
    const status = this.#statusOf(pod, attached);
    if (status?.state?.running !== undefined && !this.#config.previous) {
      this.#retry(pod, attached);
      return;
    }
    this.#setState(attached, 'ended', attached.source.message);
  }

  #retry(pod: Pod, attached: Attached): void {
    if (this.#config.previous) return;
    const attempt = attached.attempt;
    this.#config.clock.after(retryMs, () => {
      if (this.#abort.signal.aborted || attempt !== attached.attempt) return;
      const now = this.#statusOf(pod, attached);
      if (now?.state?.running === undefined) {
        if (attached.source.state === 'following') this.#setState(attached, 'ended');
        return;
      }
      void this.#open(pod, attached, attached.lastTime === '');
    });
  }

  #statusOf(pod: Pod, attached: Attached): core.ContainerStatus | undefined {
    const now = this.#config.pods.get(pod.metadata.name, pod.metadata.namespace);
    if (now?.metadata.uid !== pod.metadata.uid) return undefined;
    const statuses = [
      ...(now.status?.initContainerStatuses ?? []),
      ...(now.status?.containerStatuses ?? []),
    ];
    return statuses.find((status) => status.name === attached.source.container);
  }

  async #read(stream: Readable, attached: Attached): Promise<void> {
    let rest = '';
    const resumedAfter = attached.lastTime;
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      rest += typeof chunk === 'string' ? chunk : decoder.decode(chunk as Buffer, { stream: true });
      const lines = rest.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#line(line, attached, resumedAfter);
      // A line that never ends must not fill the memory.
      if (rest.length > 4 * maxLineLength) {
        this.#line(rest, attached, resumedAfter);
        rest = '';
      }
    }
    if (rest !== '') this.#line(rest, attached, resumedAfter);
  }

  #line(line: string, attached: Attached, resumedAfter: string): void {
    const space = line.indexOf(' ');
    const time = space > 0 ? line.slice(0, space) : '';
    const isTime = /^\d{4}-\d\d-\d\dT/.test(time);
    // sinceTime has whole seconds only: leave out what was shown before the connection broke.
    if (isTime && resumedAfter !== '' && compareTimes(time, resumedAfter) <= 0) return;
    if (isTime) attached.lastTime = time;
    const text = (isTime ? line.slice(space + 1) : line).replace(/\r$/, '');
    this.#lines.push({
      time: isTime ? time : '',
      source: attached.source.id,
      text: text.length > maxLineLength ? `${text.slice(0, maxLineLength)}…` : text,
    });
    if (this.#lines.length > this.#config.maxBatch * 2) {
      const over = this.#lines.length - this.#config.maxBatch;
      this.#lines.splice(0, over);
      this.#dropped += over;
    }
    this.#schedule();
  }

  #setState(attached: Attached, state: LogSource['state'], message?: string): void {
    const { source } = attached;
    if (source.state === state && source.message === message) return;
    source.state = state;
    if (message === undefined) delete source.message;
    else source.message = message;
    this.#changedSources();
  }

  #changedSources(): void {
    this.#sourcesChanged = true;
    this.#schedule();
  }

  #schedule(): void {
    const wait = this.#hasSent ? batchMs : firstBatchMs;
    this.#timer ??= this.#config.clock.after(wait, () => {
      this.#timer = undefined;
      if (this.#sourcesChanged) {
        this.#sourcesChanged = false;
        this.#config.onSources([...this.#attached.values()].map(({ source }) => ({ ...source })));
      }
      if (this.#lines.length > 0) {
        this.#hasSent = true;
        const inOrder = inOrderOfTime(this.#lines);
        const over = Math.max(0, inOrder.length - this.#config.maxBatch);
        this.#config.onLines(inOrder.slice(over), this.#dropped + over);
        this.#lines = [];
        this.#dropped = 0;
      }
    });
  }
}

/** What is waited for where there is no container to read from. */
function waitingText(pod: Pod | undefined): string {
  if (pod === undefined) return 'There is no pod yet. Its lines come as soon as it runs.';
  const { text, reason } = podSummary(pod);
  return `${pod.metadata.name}: ${reason === undefined ? text : `${text}, ${reason}`}`;
}

/** Lines of several containers by the time at which they were written; one's own stay in order. */
function inOrderOfTime(lines: readonly LogLine[]): readonly LogLine[] {
  const first = lines[0]?.source;
  if (lines.every(({ source }) => source === first)) return lines;
  const last = new Map<number, [number, string]>();
  const timed = lines.map((line) => {
    const time = line.time === '' ? (last.get(line.source) ?? parts('')) : parts(line.time);
    last.set(line.source, time);
    return { line, time };
  });
  return timed.sort((a, b) => compareParts(a.time, b.time)).map(({ line }) => line);
}

/** RFC 3339 with whole seconds, which is all that sinceTime keeps. */
function wholeSeconds(time: string): string {
  return time.replace(/\.\d+/, '');
}

/** Orders RFC 3339 times whose fractions have any number of digits (trailing zeros are left out). */
function compareTimes(a: string, b: string): number {
  return compareParts(parts(a), parts(b));
}

function compareParts(
  [secondsA, fractionA]: [number, string],
  [secondsB, fractionB]: [number, string],
): number {
  if (secondsA !== secondsB) return secondsA - secondsB;
  return fractionA < fractionB ? -1 : fractionA > fractionB ? 1 : 0;
}

function parts(time: string): [number, string] {
  const match = /^(.*?)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(time);
  if (match === null) return [0, ''];
  const fraction = (match[2] ?? '').padEnd(9, '0');
  return [Date.parse(`${match[1]}${match[3]}`), fraction];
}
