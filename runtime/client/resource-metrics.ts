/**
 * What pods and nodes use right now, as `metrics.k8s.io/v1beta1` says it. The API server serves it,
 * the autoscaler and `kubectl top` read it; who measures is wired in.
 * https://github.com/kubernetes-sigs/metrics-server
 */
import type { KubeObject } from '../api/object.ts';
import type { Resource } from './client.ts';

/** Quantities by resource: `cpu: 1250000n` (nano cores), `memory: 20480Ki`. */
export type Usage = Readonly<Record<'cpu' | 'memory', string>>;

interface Measured extends KubeObject {
  /** The end of the interval that was measured, RFC 3339. */
  readonly timestamp: string;
  /** How long it was: `15.2s`. */
  readonly window: string;
}

export interface NodeMetrics extends Measured {
  readonly usage: Usage;
}

export interface PodMetrics extends Measured {
  readonly containers: readonly { readonly name: string; readonly usage: Usage }[];
}

/** What cannot be measured (it does not run, or has only just begun) is left out. */
export interface ResourceMetrics {
  nodes(): Promise<NodeMetrics[]>;
  pods(): Promise<PodMetrics[]>;
}

export const metricsGroup = { group: 'metrics.k8s.io', version: 'v1beta1' } as const;

export const nodeMetrics: Resource = { ...metricsGroup, resource: 'nodes' };
export const podMetrics: Resource = { ...metricsGroup, resource: 'pods' };
