/** What the server counts of its own work, under the names that dashboards know, for /metrics. */
import { readdirSync, readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import {
  Counter,
  exposition,
  type Family,
  Histogram,
  labelsOf,
  Reading,
} from '../../api/exposition.ts';
import type { Registry } from '../registry/registry.ts';
import { longestBlock } from './event-loop.ts';
import type { RequestInfo, ResourceRequest } from './request-info.ts';
import { version } from './version.ts';

/** Seconds. */
const durations = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 5, 10, 30, 60];
const connects = new Set(['exec', 'attach', 'portforward', 'proxy']);
/** What the original counts beside resources; anything can be asked for. */
const instrumented = /^\/(healthz|livez|readyz|metrics)$/;
const methods: Readonly<Record<string, string>> = {
  create: 'POST',
  update: 'PUT',
};

export class Metrics {
  readonly #requests = new Counter(
    'apiserver_request_total',
    'Requests by verb, what they are about, and HTTP code.',
  );
  readonly #durations = new Histogram(
    'apiserver_request_duration_seconds',
    'Time until the answer was sent, without watches and streams.',
    durations,
  );
  readonly #inFlight = new Counter(
    'apiserver_current_inflight_requests',
    'Requests that are being answered, without watches and streams.',
    'gauge',
  );
  readonly #longRunning = new Counter(
    'apiserver_longrunning_requests',
    'Watches and streams that are open.',
    'gauge',
  );
  readonly #families: Family[];

  /** `others` count what they do themselves. */
  constructor(registry: Registry, others: Iterable<Family> = []) {
    this.#families = [
      this.#requests,
      this.#durations,
      this.#inFlight,
      this.#longRunning,
      ...others,
      ...registryFamilies(registry),
      ...processFamilies(),
    ];
  }

  /** Starts to measure a request; it ends with its response. */
  begin(method: string, response: ServerResponse): { about(info: RequestInfo): void } {
    const start = performance.now();
    let labels = `verb="${method}",group="",version="",resource="",subresource="",scope=""`;
    let dryRun = '';
    const kind = `request_kind="${method === 'GET' || method === 'HEAD' ? 'readOnly' : 'mutating'}"`;
    let long = false;
    this.#inFlight.add(kind);
    response.once('close', () => {
      if (long) this.#longRunning.add(labels, -1);
      else this.#inFlight.add(kind, -1);
      const about = `${labels},component="apiserver",dry_run="${dryRun}"`;
      this.#requests.add(`${about},code="${response.statusCode}"`);
      if (!long) {
        const seconds = (performance.now() - start) / 1000;
        this.#durations.observe(`${labels},component="apiserver"`, seconds);
      }
    });
    return {
      about: (info) => {
        if (info.type !== 'resource') {
          if (instrumented.test(info.path)) {
            labels = labels.replace('subresource=""', `subresource="${info.path}"`);
          }
          return;
        }
        if (info.query.get('dryRun') === 'All') dryRun = 'All';
        labels = labelsOfRequest(info);
        if (!isLong(info)) return;
        long = true;
        this.#inFlight.add(kind, -1);
        this.#longRunning.add(labels);
      },
    };
  }

  /** The page, in the text form of Prometheus. */
  text(): string {
    return exposition(this.#families);
  }
}

function isLong(info: ResourceRequest): boolean {
  const { verb, subresource, query } = info;
  if (verb === 'watch' || connects.has(subresource)) return true;
  return subresource === 'log' && query.get('follow') === 'true';
}

/** Labels by what they are made of; bounded, because clients may ask for anything. */
const knownLabels = new Map<string, string>();
const mostLabels = 5_000;

function labelsOfRequest(info: ResourceRequest): string {
  const { verb, group, version: level, resource, subresource, namespace, name } = info;
  const scope = `${name === ''} ${namespace === ''}`;
  const key = `${verb} ${scope} ${group}/${level}/${resource}/${subresource}`;
  let labels = knownLabels.get(key);
  if (labels === undefined) {
    if (knownLabels.size >= mostLabels) knownLabels.clear();
    labels = makeLabels(info);
    knownLabels.set(key, labels);
  }
  return labels;
}

function makeLabels(info: ResourceRequest): string {
  const { group, version: level, resource, subresource } = info;
  const verb = connects.has(subresource)
    ? 'CONNECT'
    : (methods[info.verb] ?? info.verb.toUpperCase());
  const scope = info.name !== '' ? 'resource' : info.namespace !== '' ? 'namespace' : 'cluster';
  return labelsOf({ verb, group, version: level, resource, subresource, scope });
}

function registryFamilies(registry: Registry): Family[] {
  return [
    new Reading('apiserver_storage_objects', 'Objects in the store, by resource.', () => {
      const resources = new Map(
        registry.served.all
          .filter(({ kind }) => kind.verbs.includes('list'))
          .map((served) => [served.storageName, served.qualifiedName]),
      );
      return [...resources].map(([storage, resource]) => [
        labelsOf({ resource }),
        registry.cache.resource(storage).size,
      ]);
    }),
    new Reading('apiserver_storage_revision', 'The revision of the last write.', () => [
      ['', registry.store.revision],
    ]),
    new Reading('apiserver_watch_cache_revision', 'How far the watch cache has come.', () => [
      ['', registry.cache.revision],
    ]),
    new Reading('kubernetes_build_info', 'The version, always 1.', () => {
      const { major, minor, gitVersion, gitCommit, gitTreeState, buildDate, platform } = version;
      const labels = {
        major,
        minor,
        git_version: gitVersion,
        git_commit: gitCommit,
        git_tree_state: gitTreeState,
        build_date: buildDate,
        platform,
      };
      return [[labelsOf(labels), 1]];
    }),
  ];
}

function processFamilies(): Family[] {
  const one = (name: string, help: string, value: () => number, type?: 'counter') =>
    new Reading(name, help, () => [['', value()]], type);
  return [
    one(
      'process_cpu_seconds_total',
      'Processor time used, user and system.',
      () => {
        const { user, system } = process.cpuUsage();
        return (user + system) / 1e6;
      },
      'counter',
    ),
    one('process_resident_memory_bytes', 'Memory in use.', () => process.memoryUsage.rss()),
    one('nodejs_heap_size_used_bytes', 'Heap in use.', () => process.memoryUsage().heapUsed),
    one('process_start_time_seconds', 'When the process began, since the epoch.', () =>
      Math.round(Date.now() / 1000 - process.uptime()),
    ),
    new Reading('process_open_fds', 'Open files and sockets.', () => {
      const open = openFiles();
      return open === undefined ? [] : [['', open]];
    }),
    new Reading('process_max_fds', 'Files and sockets that may be open.', () => {
      const most = openFilesLimit();
      return most === undefined ? [] : [['', most]];
    }),
    one(
      'nodejs_eventloop_utilization',
      'Share of its time that the event loop was busy, from 0 to 1.',
      () => performance.eventLoopUtilization().utilization,
    ),
    one(
      'nodejs_eventloop_lag_max_seconds',
      'Longest block of the event loop since this was last read; the first reading begins it.',
      longestBlock(),
    ),
  ];
}

/** Undefined where the system does not say. */
function openFiles(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return undefined;
  }
}

function openFilesLimit(): number | undefined {
  try {
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
    return limit === null ? undefined : Number(limit[1]);
  } catch {
    return undefined;
  }
}
