import { add, format, parseQuantity, type Quantity } from '../../../api/quantity.ts';
import type { NodeMetrics, PodMetrics, Usage } from '../../../client/resource-metrics.ts';
import { type Column, nameColumn, text } from './column.ts';

export const metricsColumns: Readonly<Record<string, readonly Column[]>> = {
  'metrics.k8s.io/NodeMetrics': [
    nameColumn,
    text('CPU', ({ usage }: NodeMetrics) => usage.cpu),
    text('Memory', ({ usage }: NodeMetrics) => usage.memory),
    text('Window', ({ window }: NodeMetrics) => window),
  ],
  'metrics.k8s.io/PodMetrics': [
    nameColumn,
    text('CPU', (metrics: PodMetrics) => total(metrics, 'cpu')),
    text('Memory', (metrics: PodMetrics) => total(metrics, 'memory')),
    text('Window', ({ window }: PodMetrics) => window),
  ],
};

function total({ containers }: PodMetrics, resource: keyof Usage): string {
  const amounts = containers
    .map(({ usage }) => parseQuantity(usage[resource]))
    .filter((amount): amount is Quantity => amount !== undefined);
  return amounts.length === 0 ? '0' : format(amounts.reduce(add));
}
