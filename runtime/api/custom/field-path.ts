/**
 * The field that a rule blames, as its `fieldPath` names it: `.spec.replicas`, `.labels['app.kubernetes.io/name']`.
 * Only members of objects and of maps can be named, and only those that the schema knows.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#field-path
 */
import type { CustomSchema } from './definition.ts';

export type FieldPath =
  /** As refusals name it, to stand behind the path of the rule's own place. */
  { readonly field: string } | { readonly problem: string };

const nowhere = 'does not refer to a valid field';
const atEnd = 'unexpected end of JSON path';
/** Texts in single quotes, delimiters, and what stands between them. */
const token = /'(?:\\'|[^'])*'|[.[\]]|[^.[\]]+/gs;

/** In the original's words (k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel, ValidFieldPath). */
export function fieldPathOf(text: string, schema: CustomSchema): FieldPath {
  const tokens = text.match(token) ?? [];
  let at: CustomSchema = schema;
  let field = '';
  for (let index = 0; index < tokens.length; ) {
    const step = nextStep(tokens, index);
    if ('problem' in step) return step;
    const found = memberOf(at, step.name);
    if (found === undefined) return { problem: nowhere };
    const closing = step.isQuoted ? tokens[index + 2] : ']';
    if (closing === undefined) return { problem: atEnd };
    if (closing !== ']') return { problem: `expected ] but got ${closing}` };
    field += found.isNamed ? `.${step.name}` : `[${step.name}]`;
    at = found.schema;
    index += step.isQuoted ? 3 : 2;
  }
  return { field };
}

type Step = { readonly name: string; readonly isQuoted: boolean } | { readonly problem: string };

function nextStep(tokens: readonly string[], index: number): Step {
  const [sign, name] = [tokens[index], tokens[index + 1]];
  if (sign !== '.' && sign !== '[') return { problem: `expected [ or . but got: ${sign}` };
  if (name === undefined) return { problem: atEnd };
  if (sign === '.') return { name, isQuoted: false };
  if (name.length < 2 || !name.startsWith("'") || !name.endsWith("'")) {
    return { problem: `expected single quoted string but got ${name}` };
  }
  try {
    const plain = JSON.parse(`"${name.slice(1, -1).replaceAll("\\'", "'")}"`) as string;
    return { name: plain, isQuoted: true };
  } catch {
    return { problem: 'invalid string literal: invalid syntax' };
  }
}

function memberOf({ properties, additionalProperties }: CustomSchema, name: string) {
  if (properties !== undefined) {
    const schema = Object.hasOwn(properties, name) ? properties[name] : undefined;
    return schema === undefined ? undefined : { schema, isNamed: true };
  }
  if (additionalProperties === undefined || additionalProperties === false) return undefined;
  const schema = additionalProperties === true ? {} : additionalProperties;
  return { schema, isNamed: false };
}
