/** Field numbers of metrics.k8s.io/v1beta1, see ../fields.ts. */
export const metrics: Readonly<Record<string, string>> = {
  ContainerMetrics: 'name 1 string, usage 2 {quantity}',
  NodeMetrics:
    'metadata 1 meta.ObjectMeta-, timestamp 2 time, window 3 duration, usage 4 {quantity}',
  PodMetrics:
    'metadata 1 meta.ObjectMeta-, timestamp 2 time, window 3 duration, containers 4 ContainerMetrics[]',
};
