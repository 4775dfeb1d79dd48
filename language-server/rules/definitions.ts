/** Definitions of custom kinds: their schemas, columns, paths and rules, as the server judges them. */
import { checkApproval } from '../../runtime/api/custom/approval.ts';
import type { Definition } from '../../runtime/api/custom/definition.ts';
import { type CheckDefault, checkSchemas } from '../../runtime/api/custom/structural.ts';
import type { KubeObject } from '../../runtime/api/object.ts';
import type { SchemaSource } from '../../runtime/api/schema.ts';
import type { StatusCause } from '../../runtime/api/status.ts';
import { checkStructure } from '../../runtime/api/structure.ts';
import { checkCustomFacts } from '../../runtime/api/structure-custom.ts';
import { formatPath } from '../../runtime/api/structure-problem.ts';
import { isRecord } from '../routing/manifest-file.ts';

/** What is wrong with a definition beyond what all kinds are checked for; nothing for other kinds. */
export function definitionCauses(object: KubeObject): StatusCause[] {
  const { apiVersion, kind } = object;
  if (kind !== 'CustomResourceDefinition' || apiVersion !== 'apiextensions.k8s.io/v1') return [];
  const definition = object as unknown as Definition;
  if (!isRecord(definition.spec)) return [];
  return [...checkApproval(definition), ...checkSchemas(definition, checkDefault)];
}

/** The schemas of definitions refer to nothing. */
const source: SchemaSource = { forKind: () => undefined, resolve: (schema) => schema };

const checkDefault: CheckDefault = (schema, path, problems) => {
  const value = schema.default;
  const found = [...checkStructure(value, schema, source), ...checkCustomFacts(value, schema)];
  for (const { path: below, message } of found) {
    const inner = formatPath(below);
    const field = inner.startsWith('[') ? inner : `.${inner}`;
    problems.invalid(`${path}.default${inner === '' ? '' : field}`, value, message);
  }
};
