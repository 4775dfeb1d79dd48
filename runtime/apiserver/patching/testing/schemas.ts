/** A small Deployment schema for tests: every merge rule once, none of the bulk. */
import type { Schema, SchemaSource } from '../../../api/schema.ts';

const definitions: Record<string, Schema> = {
  Deployment: {
    type: 'object',
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { $ref: 'ObjectMeta' },
      spec: { $ref: 'DeploymentSpec' },
      status: { type: 'object', properties: { replicas: { type: 'integer' } } },
    },
  },
  ObjectMeta: {
    type: 'object',
    properties: {
      name: { type: 'string' },
      namespace: { type: 'string' },
      labels: { type: 'object', additionalProperties: { type: 'string' } },
      annotations: { type: 'object', additionalProperties: { type: 'string' } },
      finalizers: {
        type: 'array',
        items: { type: 'string' },
        'x-kubernetes-list-type': 'set',
        'x-kubernetes-patch-strategy': 'merge',
      },
    },
  },
  DeploymentSpec: {
    type: 'object',
    properties: {
      replicas: { type: 'integer' },
      paused: { type: 'boolean' },
      selector: {
        type: 'object',
        'x-kubernetes-map-type': 'atomic',
        properties: {
          matchLabels: { type: 'object', additionalProperties: { type: 'string' } },
        },
      },
      strategy: { $ref: 'Strategy', 'x-kubernetes-patch-strategy': 'retainKeys' },
      template: { $ref: 'Template' },
    },
  },
  Strategy: {
    type: 'object',
    properties: {
      type: { type: 'string' },
      rollingUpdate: {
        type: 'object',
        properties: { maxSurge: { 'x-kubernetes-int-or-string': true } },
      },
    },
  },
  Template: {
    type: 'object',
    properties: { metadata: { $ref: 'ObjectMeta' }, spec: { $ref: 'PodSpec' } },
  },
  PodSpec: {
    type: 'object',
    properties: {
      containers: {
        type: 'array',
        items: { $ref: 'Container' },
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
        'x-kubernetes-patch-strategy': 'merge',
        'x-kubernetes-patch-merge-key': 'name',
      },
    },
  },
  Container: {
    type: 'object',
    properties: {
      name: { type: 'string' },
      image: { type: 'string' },
      args: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'atomic' },
      ports: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            containerPort: { type: 'integer' },
            protocol: { type: 'string', default: 'TCP' },
            name: { type: 'string' },
          },
        },
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['containerPort', 'protocol'],
        'x-kubernetes-patch-strategy': 'merge',
        'x-kubernetes-patch-merge-key': 'containerPort',
      },
      resources: {
        type: 'object',
        properties: {
          limits: {
            type: 'object',
            additionalProperties: { format: 'quantity', oneOf: [{ type: 'string' }] },
          },
        },
      },
    },
  },
};

export const deploymentSchema: Schema = { $ref: 'Deployment' };

export const testSchemas: SchemaSource = {
  forKind: ({ kind }) => definitions[kind],
  resolve: (schema) => (schema.$ref === undefined ? schema : (definitions[schema.$ref] ?? schema)),
};

/** Freezes a value at every depth, so that a function that changes its input throws. */
export function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const child of Object.values(value)) frozen(child);
    Object.freeze(value);
  }
  return value;
}
