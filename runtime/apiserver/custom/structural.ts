/**
 * Whether a definition's schemas are structural: every value that they name has a type, and every
 * rule can be read.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
import type { StatusCause } from '../../api/status.ts';
import { Problems } from '../../api/validation/problems.ts';
import type { CustomSchema, Definition } from './definition.ts';
import { ruleProblem } from './rules.ts';

/** What is wrong with the schemas of a definition whose shape has been checked. */
export function checkSchemas({ spec }: Definition): StatusCause[] {
  const problems = new Problems();
  for (const [index, { schema }] of (spec?.versions ?? []).entries()) {
    const root = schema?.openAPIV3Schema;
    if (root !== undefined) check(root, `spec.versions[${index}].schema.openAPIV3Schema`, problems);
  }
  return problems.causes;
}

function check(schema: CustomSchema, path: string, problems: Problems): void {
  const { type, items, properties = {}, additionalProperties } = schema;
  if (type === 'array' && items === undefined) {
    problems.required(`${path}.items`, 'must be specified');
  }
  const listType = schema['x-kubernetes-list-type'];
  if (listType === 'map' && (schema['x-kubernetes-list-map-keys'] ?? []).length === 0) {
    problems.required(
      `${path}.x-kubernetes-list-map-keys`,
      'must not be empty if x-kubernetes-list-type is map',
    );
  }
  for (const [index, { rule }] of (schema['x-kubernetes-validations'] ?? []).entries()) {
    const why = ruleProblem(rule);
    if (why === undefined) continue;
    const at = `${path}.x-kubernetes-validations[${index}].rule`;
    problems.invalid(at, rule, `compilation failed: ${why}`);
  }
  for (const [name, property] of Object.entries(properties)) {
    checkTyped(property, `${path}.properties[${name}]`, 'object fields', problems);
  }
  if (items !== undefined) checkTyped(items, `${path}.items`, 'array items', problems);
  if (typeof additionalProperties === 'object') {
    const at = `${path}.additionalProperties`;
    checkTyped(additionalProperties, at, 'object fields', problems);
  }
}

function checkTyped(schema: CustomSchema, path: string, what: string, problems: Problems): void {
  const free =
    schema['x-kubernetes-int-or-string'] === true ||
    schema['x-kubernetes-preserve-unknown-fields'] === true;
  if (!schema.type && !free) {
    problems.required(`${path}.type`, `must not be empty for specified ${what}`);
  }
  check(schema, path, problems);
}
