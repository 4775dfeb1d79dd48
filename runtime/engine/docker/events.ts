/**
 * The engine's event stream: one connection for all who watch, taken up again whenever it breaks.
 * After a break nobody knows what was missed, so everybody is told `resync`.
 */
import type { Readable } from 'node:stream';
import { type Engine, type EngineEvent, engineLabels } from '../engine.ts';
import { call, type DockerConnection } from './connection.ts';

const firstRetryMs = 250;
const lastRetryMs = 5_000;

const types: Record<string, 'started' | 'exited' | 'removed' | 'oom'> = {
  start: 'started',
  die: 'exited',
  destroy: 'removed',
  oom: 'oom',
};

interface RawEvent {
  Action: string;
  timeNano: number;
  Actor: { ID: string; Attributes: Record<string, string> };
}

interface Watcher {
  labels: Readonly<Record<string, string>>;
  onEvent: (event: EngineEvent) => void;
}

export interface EventHub extends Pick<Engine, 'watch'> {
  close(): void;
}

/** Connects when the first watcher comes and lets go when the last one leaves. */
export function createEventHub({ docker, clock, log }: DockerConnection): EventHub {
  const watchers = new Set<Watcher>();
  let stream: AbortController | undefined;

  const tell = (event: EngineEvent): void => {
    for (const watcher of [...watchers]) {
      if (event.type === 'resync' || matches(watcher.labels, event.labels)) watcher.onEvent(event);
    }
  };

  const run = async (signal: AbortSignal): Promise<void> => {
    let broken = false;
    let retryMs = firstRetryMs;
    while (!signal.aborted) {
      try {
        // From the engine's own clock, so that nothing falls between asking and listening.
        const since = await call(async () => secondsOf(await docker.info(), clock.now()));
        const events = await call(() => openEvents(docker, since, signal));
        if (broken) tell({ type: 'resync' });
        broken = false;
        retryMs = firstRetryMs;
        await readEvents(events, tell);
      } catch (error) {
        if (!broken && !signal.aborted) log(`lost the engine's events: ${String(error)}`);
      }
      if (signal.aborted) return;
      broken = true;
      await clock.sleep(retryMs, signal).catch(() => {});
      retryMs = Math.min(lastRetryMs, retryMs * 2);
    }
  };

  const release = (): void => {
    if (watchers.size > 0) return;
    stream?.abort();
    stream = undefined;
  };

  return {
    watch: (labels, onEvent) => {
      const watcher = { labels, onEvent };
      watchers.add(watcher);
      if (stream === undefined) {
        stream = new AbortController();
        void run(stream.signal);
      }
      return () => {
        watchers.delete(watcher);
        release();
      };
    },
    close: () => {
      watchers.clear();
      release();
    },
  };
}

/** True if all of `wanted` are among `labels`. */
export function matches(
  wanted: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(wanted).every(([name, value]) => labels[name] === value);
}

function openEvents(
  docker: DockerConnection['docker'],
  since: string,
  signal: AbortSignal,
): Promise<Readable> {
  return docker.getEvents({
    since,
    filters: {
      type: ['container'],
      event: Object.keys(types),
      label: [engineLabels.cluster],
    },
    abortSignal: signal,
  } as unknown as Parameters<typeof docker.getEvents>[0]) as Promise<unknown> as Promise<Readable>;
}

function secondsOf(info: { SystemTime?: string }, now: number): string {
  const ms = Date.parse(info.SystemTime ?? '');
  return ((Number.isNaN(ms) ? now : ms) / 1_000).toFixed(3);
}

/** One JSON object a line until the stream ends. */
async function readEvents(stream: Readable, tell: (event: EngineEvent) => void): Promise<void> {
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.trim() === '') continue;
      const event = JSON.parse(line) as RawEvent;
      const type = types[event.Action];
      if (type !== undefined) tell({ type, id: event.Actor.ID, labels: event.Actor.Attributes });
    }
  }
}
