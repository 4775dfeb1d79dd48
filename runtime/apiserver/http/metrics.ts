/** Counts requests, for /metrics in the text form of Prometheus. */
import type { ServerResponse } from 'node:http';
import type { RequestInfo } from './request-info.ts';

const buckets = [0.005, 0.025, 0.1, 0.5, 1, 5, 10, 30];
const longRunning = new Set(['watch']);

interface Series {
  count: number;
  sum: number;
  buckets: number[];
}

export class Metrics {
  readonly #requests = new Map<string, number>();
  readonly #durations = new Map<string, Series>();
  #inFlight = 0;

  /** Starts to measure a request; it ends with its response. */
  begin(method: string, response: ServerResponse): { about(info: RequestInfo): void } {
    const start = performance.now();
    let labels = `verb="${method}",group="",version="",resource="",subresource=""`;
    let measured = true;
    this.#inFlight++;
    response.once('close', () => {
      this.#inFlight--;
      const key = `${labels},code="${response.statusCode}"`;
      this.#requests.set(key, (this.#requests.get(key) ?? 0) + 1);
      if (measured) this.#observe(labels, (performance.now() - start) / 1000);
    });
    return {
      about(info) {
        if (info.type !== 'resource') return;
        const { verb, group, version, resource, subresource } = info;
        labels = `verb="${verb.toUpperCase()}",group="${group}",version="${version}",resource="${resource}",subresource="${subresource}"`;
        measured = !longRunning.has(verb);
      },
    };
  }

  text(extra: Readonly<Record<string, number>>): string {
    const lines = [
      '# HELP apiserver_request_total Requests by verb, resource and HTTP code.',
      '# TYPE apiserver_request_total counter',
      ...[...this.#requests].map(
        ([labels, value]) => `apiserver_request_total{${labels}} ${value}`,
      ),
      '# HELP apiserver_current_inflight_requests Requests that are being answered.',
      '# TYPE apiserver_current_inflight_requests gauge',
      `apiserver_current_inflight_requests ${this.#inFlight}`,
      '# HELP apiserver_request_duration_seconds Time to answer, watches left out.',
      '# TYPE apiserver_request_duration_seconds histogram',
    ];
    for (const [labels, series] of this.#durations) {
      const name = 'apiserver_request_duration_seconds';
      for (const [index, bound] of buckets.entries()) {
        lines.push(`${name}_bucket{${labels},le="${bound}"} ${series.buckets[index]}`);
      }
      lines.push(`${name}_bucket{${labels},le="+Inf"} ${series.count}`);
      lines.push(
        `${name}_sum{${labels}} ${series.sum}`,
        `${name}_count{${labels}} ${series.count}`,
      );
    }
    for (const [name, value] of Object.entries(extra)) {
      lines.push(`# TYPE ${name} gauge`, `${name} ${value}`);
    }
    return `${lines.join('\n')}\n`;
  }

  #observe(labels: string, seconds: number): void {
    let series = this.#durations.get(labels);
    if (series === undefined) {
      series = { count: 0, sum: 0, buckets: buckets.map(() => 0) };
      this.#durations.set(labels, series);
    }
    series.count++;
    series.sum += seconds;
    for (const [index, bound] of buckets.entries()) {
      if (seconds <= bound) series.buckets[index] = (series.buckets[index] ?? 0) + 1;
    }
  }
}
