/**
 * What stands under allOf, anyOf, oneOf and not: it may restrict values, not describe them, and speaks
 * only of fields that the schema around it describes.
 * k8s.io/apiextensions-apiserver/pkg/apiserver/schema, validateNestedValueValidation and its completeness
 */
import type { Problems } from '../validation/problems.ts';
import { same } from '../validation/values.ts';
import type { CustomSchema } from './definition.ts';

/** The one way in which parts may have types: as values are both that may be a number or a text. */
const intOrString = [{ type: 'integer' }, { type: 'string' }];

/** Says what is wrong with all parts of a schema that describes values. */
export function checkParts(schema: CustomSchema, path: string, problems: Problems): void {
  const both = schema['x-kubernetes-int-or-string'] === true;
  const skip = {
    anyOf: both && same(schema.anyOf, intOrString),
    firstAllOf: both && same(schema.allOf?.[0]?.anyOf, intOrString),
  };
  eachPart(schema, path, skip, (part, at, skipAnyOf) => {
    checkPart(part, at, skipAnyOf, problems);
  });
  eachPart(schema, path, skip, (part, at) => checkDescribed(part, at, schema, path, problems));
}

interface Skip {
  readonly anyOf: boolean;
  /** The parts of the first part under allOf. */
  readonly firstAllOf: boolean;
}

const none: Skip = { anyOf: false, firstAllOf: false };

function eachPart(
  { allOf = [], anyOf = [], oneOf = [], not }: CustomSchema,
  path: string,
  skip: Skip,
  visit: (part: CustomSchema, path: string, skipAnyOf: boolean) => void,
): void {
  if (!skip.anyOf)
    for (const [i, part] of anyOf.entries()) visit(part, `${path}.anyOf[${i}]`, false);
  for (const [i, part] of allOf.entries()) {
    visit(part, `${path}.allOf[${i}]`, i === 0 && skip.firstAllOf);
  }
  for (const [i, part] of oneOf.entries()) visit(part, `${path}.oneOf[${i}]`, false);
  if (not !== undefined) visit(not, `${path}.not`, false);
}

const words: Readonly<Record<string, string>> = {
  type: 'empty',
  additionalProperties: 'undefined',
  default: 'undefined',
  title: 'empty',
  description: 'empty',
  nullable: 'false',
  'x-kubernetes-preserve-unknown-fields': 'false',
  'x-kubernetes-embedded-resource': 'false',
  'x-kubernetes-int-or-string': 'false',
  'x-kubernetes-list-map-keys': 'empty',
  'x-kubernetes-list-type': 'undefined',
  'x-kubernetes-map-type': 'undefined',
};

function checkPart(part: CustomSchema, path: string, skipAnyOf: boolean, problems: Problems): void {
  eachPart(part, path, { ...none, anyOf: skipAnyOf }, (below, at) => {
    checkPart(below, at, false, problems);
  });
  const { items, properties = {} } = part;
  if (items !== undefined) checkPart(items, `${path}.items`, false, problems);
  for (const [name, property] of Object.entries(properties)) {
    checkPart(property, `${path}.properties[${name}]`, false, problems);
  }
  for (const [name, what] of Object.entries(words)) {
    const value: unknown = (part as Readonly<Record<string, unknown>>)[name];
    const isEmpty = value === '' || value === false || (Array.isArray(value) && value.length === 0);
    if (value === undefined || (isEmpty && what !== 'undefined')) continue;
    problems.forbidden(`${path}.${name}`, `must be ${what} to be structural`);
  }
  // What stands here could restrict metadata, which is the server's.
  if (Object.hasOwn(properties, 'metadata')) {
    const at = `${path}.properties[metadata]`;
    problems.forbidden(at, 'must not be specified in a nested context');
  }
}

/** `outer` is the schema around, whose place is `outerPath`. */
function checkDescribed(
  part: CustomSchema,
  path: string,
  outer: CustomSchema,
  outerPath: string,
  problems: Problems,
): void {
  eachPart(part, path, none, (below, at) => {
    checkDescribed(below, at, outer, outerPath, problems);
  });
  const lacking = (at: string, from: string) =>
    problems.required(at, `because it is defined in ${from}`);
  const { items, properties = {} } = part;
  if (items !== undefined) {
    const [at, from] = [`${outerPath}.items`, `${path}.items`];
    if (outer.items === undefined) lacking(at, from);
    else checkDescribed(items, from, outer.items, at, problems);
  }
  for (const [name, property] of Object.entries(properties)) {
    const [at, from] = [`${outerPath}.properties[${name}]`, `${path}.properties[${name}]`];
    const own = outer.properties;
    const described = own !== undefined && Object.hasOwn(own, name) ? own[name] : undefined;
    if (described === undefined) lacking(at, from);
    else checkDescribed(property, from, described, at, problems);
  }
}
