/**
 * Schemas of kinds, in the vocabulary of OpenAPI v3 with the `x-kubernetes-*` extensions, for
 * built-in kinds (from the bundle that the build makes) and for custom resources alike.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
 */
import type { Moment } from './go-time.ts';
import type { GroupVersionKind } from './object.ts';

/** Under this a schema keeps what it does not publish: the fields that are left out when empty. */
export const emptied = Symbol('emptied');

/** Under this the schemas of meta/v1 Time and MicroTime say, unpublished too, how they are read. */
export const moment = Symbol('moment');

export interface Schema {
  [emptied]?: ReadonlySet<string>;
  [moment]?: Moment;
  /** `#/components/schemas/io.k8s.api.core.v1.PodSpec`; follow with `SchemaSource.resolve`. */
  $ref?: string;
  /** Left out: any value. */
  type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  description?: string;
  /** int32, int64, double, byte, date-time, int-or-string, quantity, … */
  format?: string;
  enum?: readonly unknown[];
  default?: unknown;
  nullable?: boolean;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  allOf?: readonly Schema[];
  anyOf?: readonly Schema[];
  oneOf?: readonly Schema[];
  not?: Schema;
  'x-kubernetes-group-version-kind'?: readonly GroupVersionKind[];
  'x-kubernetes-patch-strategy'?: string;
  'x-kubernetes-patch-merge-key'?: string;
  'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  'x-kubernetes-list-map-keys'?: readonly string[];
  'x-kubernetes-map-type'?: 'atomic' | 'granular';
  'x-kubernetes-int-or-string'?: boolean;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  'x-kubernetes-embedded-resource'?: boolean;
  'x-kubernetes-validations'?: readonly {
    rule: string;
    message?: string;
    [key: string]: unknown;
  }[];
}

/** Where schemas come from; loads what is asked for and no more. */
export interface SchemaSource {
  /** The kind's schema, `$ref`s unresolved; undefined for a kind that is not known here. */
  forKind(gvk: GroupVersionKind): Schema | undefined;
  /** Follows `$ref` (and a lone `allOf` around one); a schema without one comes back as it is. */
  resolve(schema: Schema): Schema;
}
