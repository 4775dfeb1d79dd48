/** `metrics.k8s.io/v1beta1`, served by the API server itself: what `kubectl top` and autoscalers read. */
import type { Kind } from '../../api/kinds.ts';
import type { GroupVersionKind, KubeObject, UnknownObject } from '../../api/object.ts';
import type { Schema } from '../../api/schema.ts';
import { apiError } from '../../api/status.ts';
import { metricsGroup, type ResourceMetrics } from '../../client/resource-metrics.ts';
import type { Schemas } from '../registry/schemas.ts';
import type { Computed } from '../registry/served.ts';

const common = {
  ...metricsGroup,
  singular: '',
  shortNames: [],
  categories: [],
  verbs: ['get', 'list'],
  subresources: [],
} as const;

export const metricsKinds: readonly Kind[] = [
  { ...common, kind: 'NodeMetrics', resource: 'nodes', namespaced: false },
  { ...common, kind: 'PodMetrics', resource: 'pods', namespaced: true },
];

/** How the objects are made; `source` is undefined until something measures. */
export function metricsComputed(
  source: () => ResourceMetrics | undefined,
): [name: string, computed: Computed][] {
  const from = (read: (metrics: ResourceMetrics) => Promise<KubeObject[]>): Computed => ({
    async list() {
      const metrics = source();
      if (metrics === undefined) {
        throw apiError('ServiceUnavailable', 'nothing measures what the pods of this cluster use');
      }
      try {
        return (await read(metrics)) as UnknownObject[];
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        throw apiError('ServiceUnavailable', `cannot measure what pods use: ${why}`);
      }
    },
  });
  return [
    [`${metricsGroup.group}/nodes`, from((metrics) => metrics.nodes())],
    [`${metricsGroup.group}/pods`, from((metrics) => metrics.pods())],
  ];
}

/** For OpenAPI, and so that the kinds can be explained. */
export function addMetricsSchemas(schemas: Schemas): void {
  for (const { kind } of metricsKinds) {
    schemas.set({ ...metricsGroup, kind }, nameOf(kind), measured(kind));
    const list = `${kind}List`;
    schemas.set({ ...metricsGroup, kind: list }, nameOf(list), listOf(kind));
  }
}

const nameOf = (kind: string) => `io.k8s.metrics.pkg.apis.metrics.v1beta1.${kind}`;
const reference = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
const meta = (name: string) => reference(`io.k8s.apimachinery.pkg.apis.meta.v1.${name}`);

const usage: Schema = {
  description: 'What is used, by resource: cpu in cores, memory in bytes (the working set).',
  type: 'object',
  additionalProperties: reference('io.k8s.apimachinery.pkg.api.resource.Quantity'),
};

const containers: Schema = {
  description: 'What each container of the pod uses, all measured over the same time.',
  type: 'array',
  items: {
    type: 'object',
    required: ['name', 'usage'],
    properties: {
      name: { description: 'The container, as the pod names it.', type: 'string' },
      usage,
    },
  },
};

function measured(kind: string): Schema {
  return {
    description:
      kind === 'NodeMetrics'
        ? 'What a node uses, over a short time that has just passed.'
        : 'What a pod uses, over a short time that has just passed.',
    type: 'object',
    required: ['timestamp', 'window', kind === 'NodeMetrics' ? 'usage' : 'containers'],
    properties: {
      ...typeMembers,
      metadata: meta('ObjectMeta'),
      timestamp: meta('Time'),
      window: {
        description: 'How long was measured, up to the timestamp: 15s.',
        type: 'string',
      },
      ...(kind === 'NodeMetrics' ? { usage } : { containers }),
    },
    ...kindMark({ ...metricsGroup, kind }),
  };
}

function listOf(kind: string): Schema {
  return {
    description: `A list of ${kind}.`,
    type: 'object',
    required: ['items'],
    properties: {
      ...typeMembers,
      metadata: meta('ListMeta'),
      items: { type: 'array', items: reference(nameOf(kind)) },
    },
    ...kindMark({ ...metricsGroup, kind: `${kind}List` }),
  };
}

const typeMembers: Record<string, Schema> = {
  apiVersion: { description: 'The version of the format: metrics.k8s.io/v1beta1.', type: 'string' },
  kind: { description: 'What the object is.', type: 'string' },
};

function kindMark(gvk: GroupVersionKind): Pick<Schema, 'x-kubernetes-group-version-kind'> {
  return { 'x-kubernetes-group-version-kind': [gvk] };
}
