/**
 * How long requests to the store take, for /metrics: under the names that the original has for those to
 * etcd, whatever the store is.
 * https://kubernetes.io/docs/reference/instrumentation/metrics/
 */
import { Counter, type Family, Histogram, labelsOf } from '../../api/exposition.ts';

export type StoreOperation = 'create' | 'update' | 'delete' | 'list';

/** Seconds. */
const bounds = [
  ...[0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3],
  ...[4, 5, 6, 8, 10, 15, 20, 30, 45, 60],
];
const root = '/registry/';

interface Series {
  readonly labels: string;
  readonly observe: (seconds: number) => void;
}

export class StoreTimes {
  readonly #durations = new Histogram(
    'etcd_request_duration_seconds',
    'Time of a request to the store, by what it does and to which resource.',
    bounds,
  );
  readonly #requests = new Counter(
    'etcd_requests_total',
    'Requests to the store, by what they do and to which resource.',
  );
  readonly #errors = new Counter(
    'etcd_request_errors_total',
    'Requests to the store that have failed, by what they do and to which resource.',
  );
  /** By operation, then by `core/pods`. */
  readonly #series = new Map<StoreOperation, Map<string, Series>>();

  get families(): readonly Family[] {
    return [this.#durations, this.#requests, this.#errors];
  }

  /**
   * Waits for a request about `key` (`/registry/core/pods/default/a`, or a part of that), and remembers
   * how long it took. Throws what it throws.
   */
  async of<T>(operation: StoreOperation, key: string, request: Promise<T>): Promise<T> {
    const start = performance.now();
    const { labels, observe } = this.#seriesOf(operation, key);
    try {
      return await request;
    } catch (error) {
      this.#errors.add(labels);
      throw error;
    } finally {
      observe((performance.now() - start) / 1000);
      this.#requests.add(labels);
    }
  }

  #seriesOf(operation: StoreOperation, key: string): Series {
    const end = key.indexOf('/', key.indexOf('/', root.length) + 1);
    const storageName = key.slice(root.length, end);
    let ofOperation = this.#series.get(operation);
    if (ofOperation === undefined) {
      ofOperation = new Map();
      this.#series.set(operation, ofOperation);
    }
    let series = ofOperation.get(storageName);
    if (series === undefined) {
      const [group = '', resource = ''] = storageName.split('/');
      const labels = labelsOf({ operation, group: group === 'core' ? '' : group, resource });
      series = { labels, observe: this.#durations.observer(labels) };
      ofOperation.set(storageName, series);
    }
    return series;
  }
}
