/**
 * The pages that Prometheus reads: `/metrics/resource`, what of `/metrics/cadvisor` the engine tells, and
 * the kubelet's own `/metrics`. Pure.
 * https://kubernetes.io/docs/reference/instrumentation/metrics/
 */
import { exposition, labelsOf, Reading } from '../../api/exposition.ts';
import { engineLabels } from '../../engine/engine.ts';
import type { PodRecord } from '../pods/record.ts';
import { milliCpu, wholeNumber } from '../spec/amounts.ts';
import { allContainersOf } from '../spec/containers.ts';
import { type ContainerUsage, type PodUsage, sum } from './usage.ts';

type Series = [labels: string, value: number][];

/** Docker's and Kubernetes' usual period of a processor limit, microseconds. */
const periodMicroseconds = 100_000;

const seconds = (nanoseconds: number) => nanoseconds / 1e9;

const ofPod = ({ record }: PodUsage) => {
  const { namespace = '', name } = record.pod.metadata;
  return { namespace, pod: name };
};

const nameOf = ({ run }: ContainerUsage) => run.labels[engineLabels.container] ?? '';

export function resourceMetrics(pods: readonly PodUsage[]): string {
  const perContainer = (value: (usage: ContainerUsage) => number): Series =>
    pods.flatMap((pod) =>
      pod.containers.map((usage): Series[number] => [
        labelsOf({ container: nameOf(usage), ...ofPod(pod) }),
        value(usage),
      ]),
    );
  const perPod = (value: (pod: PodUsage) => number): Series =>
    pods.map((pod) => [labelsOf(ofPod(pod)), value(pod)]);
  const node = sum(pods.map(({ total }) => total));
  const read = (name: string, help: string, type: 'counter' | 'gauge', series: Series) =>
    new Reading(name, `[STABLE] ${help}`, () => series, type);
  return exposition([
    read(
      'container_cpu_usage_seconds_total',
      'Cumulative cpu time consumed by the container in core-seconds',
      'counter',
      perContainer(({ stats }) => seconds(stats.cpuNanoseconds)),
    ),
    read(
      'container_memory_working_set_bytes',
      'Current working set of the container in bytes',
      'gauge',
      perContainer(({ stats }) => stats.memoryWorkingSetBytes),
    ),
    read(
      'container_start_time_seconds',
      'Start time of the container since unix epoch in seconds',
      'gauge',
      perContainer(({ run }) => run.startedAt / 1_000),
    ),
    read(
      'node_cpu_usage_seconds_total',
      'Cumulative cpu time consumed by the node in core-seconds',
      'counter',
      [['', seconds(node.cpuNanoseconds)]],
    ),
    read('node_memory_working_set_bytes', 'Current working set of the node in bytes', 'gauge', [
      ['', node.memoryBytes],
    ]),
    read(
      'pod_cpu_usage_seconds_total',
      'Cumulative cpu time consumed by the pod in core-seconds',
      'counter',
      perPod(({ total }) => seconds(total.cpuNanoseconds)),
    ),
    read(
      'pod_memory_working_set_bytes',
      'Current working set of the pod in bytes',
      'gauge',
      perPod(({ total }) => total.memoryBytes),
    ),
    read(
      'resource_scrape_error',
      '1 if there was an error while getting container metrics, 0 otherwise',
      'gauge',
      [['', 0]],
    ),
  ]);
}

/** A pod as a whole is the series without a container. */
export function cadvisorMetrics(
  node: { readonly cpu: number; readonly memoryBytes: number },
  pods: readonly PodUsage[],
): string {
  const labels = (pod: PodUsage, usage: ContainerUsage | undefined, more: object = {}) =>
    labelsOf({
      container: usage === undefined ? '' : nameOf(usage),
      ...more,
      id: usage === undefined ? `/kubepods/pod${pod.record.uid}` : `/docker/${usage.run.id}`,
      image: usage?.run.image ?? '',
      name: usage?.run.name ?? '',
      ...ofPod(pod),
    });
  const used = (value: (cpu: number, memory: number) => number, more?: object): Series =>
    pods.flatMap((pod) => [
      [
        labels(pod, undefined, more),
        value(pod.total.cpuNanoseconds, pod.total.memoryBytes),
      ] satisfies Series[number],
      ...pod.containers.map((usage): Series[number] => [
        labels(pod, usage, more),
        value(usage.stats.cpuNanoseconds, usage.stats.memoryWorkingSetBytes),
      ]),
    ]);
  const limit = (resource: 'cpu' | 'memory', read: (text: string) => number | undefined): Series =>
    pods.flatMap((pod) =>
      pod.containers.flatMap((usage): Series => {
        const spec = specOf(pod.record, nameOf(usage));
        const value = read(spec?.resources?.limits?.[resource] ?? '');
        return value === undefined ? [] : [[labels(pod, usage), value]];
      }),
    );
  return exposition([
    new Reading(
      'container_cpu_usage_seconds_total',
      'Cumulative cpu time consumed in seconds.',
      () => used((cpu) => seconds(cpu), { cpu: 'total' }),
      'counter',
    ),
    new Reading('container_memory_working_set_bytes', 'Current working set in bytes.', () =>
      used((_, memory) => memory),
    ),
    new Reading('container_spec_cpu_quota', 'CPU quota of the container.', () =>
      limit('cpu', (text) => {
        const milli = milliCpu(text);
        return milli === undefined ? undefined : (milli * periodMicroseconds) / 1_000;
      }),
    ),
    new Reading('container_spec_memory_limit_bytes', 'Memory limit for the container.', () =>
      limit('memory', wholeNumber),
    ),
    new Reading(
      'container_start_time_seconds',
      'Start time of the container since unix epoch in seconds.',
      () =>
        pods.flatMap((pod) =>
          pod.containers.map((usage): Series[number] => [
            labels(pod, usage),
            usage.run.startedAt / 1_000,
          ]),
        ),
    ),
    new Reading('machine_cpu_cores', 'Number of logical CPU cores.', () => [['', node.cpu]]),
    new Reading('machine_memory_bytes', 'Amount of memory installed on the machine.', () => [
      ['', node.memoryBytes],
    ]),
  ]);
}

function specOf({ granted }: PodRecord, name: string) {
  return allContainersOf(granted).find(({ spec }) => spec.name === name)?.spec;
}

export function kubeletMetrics(node: string, records: readonly PodRecord[]): string {
  const states = new Map<string, number>();
  for (const { runtime } of records) {
    for (const { state } of [...runtime.containers.values()].flat()) {
      states.set(state, (states.get(state) ?? 0) + 1);
    }
  }
  const running = records.filter(({ runtime }) => runtime.sandbox?.state === 'running').length;
  return exposition([
    new Reading('kubelet_node_name', "[ALPHA] The node's name. The count is always 1.", () => [
      [labelsOf({ node }), 1],
    ]),
    new Reading(
      'kubelet_running_containers',
      '[ALPHA] Number of containers currently running',
      () => [...states].map(([state, count]) => [labelsOf({ container_state: state }), count]),
    ),
    new Reading(
      'kubelet_running_pods',
      '[ALPHA] Number of pods that have a running pod sandbox',
      () => [['', running]],
    ),
  ]);
}
