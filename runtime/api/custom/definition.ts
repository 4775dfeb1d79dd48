/**
 * CustomResourceDefinition, as far as the server reads it.
 * https://kubernetes.io/docs/reference/kubernetes-api/extend-resources/custom-resource-definition-v1/
 */
import type { KubeObject } from '../object.ts';
import type { Schema } from '../schema.ts';

/** Where objects are converted, and which versions of the question are understood there. */
export interface WebhookConversion {
  readonly clientConfig?: {
    readonly url?: string;
    readonly service?: {
      readonly namespace: string;
      readonly name: string;
      readonly path?: string;
      readonly port?: number;
    };
    /** Base64 of PEM. */
    readonly caBundle?: string;
  };
  readonly conversionReviewVersions: readonly string[];
}

/** JSON Schema's checks of values that only custom resources use. */
export interface CustomSchema extends Schema {
  exclusiveMinimum?: boolean;
  exclusiveMaximum?: boolean;
  multipleOf?: number;
  minProperties?: number;
  maxProperties?: number;
  uniqueItems?: boolean;
}

export interface Names {
  readonly plural: string;
  readonly singular?: string;
  readonly kind: string;
  readonly listKind?: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
}

export interface PrinterColumn {
  readonly name: string;
  readonly type: 'integer' | 'number' | 'string' | 'boolean' | 'date';
  readonly format?: string;
  readonly description?: string;
  readonly priority?: number;
  readonly jsonPath: string;
}

export interface ScalePaths {
  readonly specReplicasPath: string;
  readonly statusReplicasPath: string;
  readonly labelSelectorPath?: string;
}

export interface DefinedVersion {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly deprecated?: boolean;
  readonly deprecationWarning?: string;
  readonly schema?: { readonly openAPIV3Schema?: CustomSchema };
  readonly subresources?: { readonly status?: object; readonly scale?: ScalePaths };
  readonly additionalPrinterColumns?: readonly PrinterColumn[];
  readonly selectableFields?: readonly { readonly jsonPath: string }[];
}

export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly lastTransitionTime?: string;
  readonly reason: string;
  readonly message: string;
}

export interface Definition extends KubeObject {
  readonly spec: {
    readonly group: string;
    readonly names: Names;
    readonly scope: 'Namespaced' | 'Cluster';
    readonly versions: readonly DefinedVersion[];
    readonly preserveUnknownFields?: boolean;
    readonly conversion?: {
      readonly strategy?: 'None' | 'Webhook';
      readonly webhook?: WebhookConversion;
    };
  };
  readonly status?: {
    readonly conditions?: readonly Condition[];
    readonly acceptedNames?: Names;
    readonly storedVersions?: readonly string[];
  };
}

export function isTrue(definition: Definition, type: string): boolean {
  return (definition.status?.conditions ?? []).some(
    (condition) => condition.type === type && condition.status === 'True',
  );
}

/** `conditions` with one of them set; its time moves only with its status. */
export function withCondition(
  conditions: readonly Condition[],
  condition: Condition,
  time: string,
): Condition[] {
  const before = conditions.find(({ type }) => type === condition.type);
  const lastTransitionTime =
    before?.status === condition.status ? (before.lastTransitionTime ?? time) : time;
  const next = { ...condition, lastTransitionTime };
  return before === undefined
    ? [...conditions, next]
    : conditions.map((other) => (other === before ? next : other));
}
