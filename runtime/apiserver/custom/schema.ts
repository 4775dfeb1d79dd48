/** The schema under which a custom kind is published and merged. */

import type { CustomSchema } from '../../api/custom/definition.ts';
import type { GroupVersionKind } from '../../api/object.ts';
import type { Schema } from '../../api/schema.ts';

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const reference = (name: string): string => `#/components/schemas/${meta}.${name}`;

/** Described as every built-in kind describes them: people look for these words. */
const whole: Readonly<Record<string, Schema>> = {
  apiVersion: {
    type: 'string',
    description:
      'APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources',
  },
  kind: {
    type: 'string',
    description:
      'Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds',
  },
  metadata: {
    description: "Standard object's metadata.",
    allOf: [{ $ref: reference('ObjectMeta') }],
  },
};

/** The kind's schema with what every object has, here and in embedded resources. */
export function publishedSchema(root: CustomSchema | undefined, gvk: GroupVersionKind): Schema {
  const schema = withEmbedded({ type: 'object', ...root });
  return {
    ...schema,
    properties: { ...schema.properties, ...whole },
    'x-kubernetes-group-version-kind': [gvk],
  };
}

/** The schema of the kind's lists. */
export function listSchema(gvk: GroupVersionKind, listKind: string, itemName: string): Schema {
  return {
    type: 'object',
    description: `${listKind} is a list of ${gvk.kind}`,
    required: ['items'],
    properties: {
      ...whole,
      items: {
        type: 'array',
        description: `List of ${gvk.kind} objects.`,
        items: { allOf: [{ $ref: `#/components/schemas/${itemName}` }] },
      },
      metadata: {
        description: 'Standard list metadata.',
        allOf: [{ $ref: reference('ListMeta') }],
      },
    },
    'x-kubernetes-group-version-kind': [{ ...gvk, kind: listKind }],
  };
}

/** `com.example.stable.v1.CronTab` */
export function definitionName({ group, version, kind }: GroupVersionKind): string {
  return [...group.split('.').reverse(), version, kind].join('.');
}

function withEmbedded(schema: CustomSchema): CustomSchema {
  const { properties, items, additionalProperties } = schema;
  const result: CustomSchema = { ...schema };
  if (properties !== undefined) {
    result.properties = Object.fromEntries(
      Object.entries(properties).map(([name, property]) => [name, withEmbedded(property)]),
    );
  }
  if (items !== undefined) result.items = withEmbedded(items);
  if (typeof additionalProperties === 'object') {
    result.additionalProperties = withEmbedded(additionalProperties);
  }
  if (schema['x-kubernetes-embedded-resource'] === true) {
    result.properties = { ...result.properties, ...whole };
  }
  return result;
}
