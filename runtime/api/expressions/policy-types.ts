/**
 * Which fields the expressions of validating policies name that the kinds they are about do not have,
 * and which operators do not fit. It is advice: policies work all the same.
 * https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/#type-checking
 */
import { CelCompileError, type CelEnvironment } from '../cel/environment.ts';
import { type Inferred, infer } from '../cel/infer.ts';
import { any, type CelType, schemaType } from '../cel/types.ts';
import { apiVersionOf, type GroupVersionKind, parseApiVersion } from '../object.ts';
import type { Schema, SchemaSource } from '../schema.ts';
import { indexed, list } from '../validation/values.ts';
import { policyEnvironment } from './environments.ts';
import type { PolicyExpressions, ResourceRule } from './policy-spec.ts';

/** Kinds that one policy is held against. */
const mostKinds = 10;

/** Which kinds there are. */
export interface KindSource extends SchemaSource {
  kindOf(group: string, version: string, resource: string): GroupVersionKind | undefined;
}

export interface ExpressionWarning {
  readonly fieldRef: string;
  readonly warning: string;
}

/** What does not fit the kinds that the policy's rules name; those with a star are passed over. */
export function typeCheck(spec: PolicyExpressions, source: KindSource): ExpressionWarning[] {
  const kinds = kindsOf(source, list(spec.matchConstraints?.resourceRules));
  const environment = policyEnvironment({
    params: spec.paramKind !== undefined,
    ...{ variables: true, authorizer: true },
  });
  const warnings: ExpressionWarning[] = [];
  const check = (expression: string, fieldRef: string) => {
    const lines = kinds.flatMap((kind) => {
      const problem = problemWith(source, environment, spec, kind, expression);
      return problem === undefined ? [] : [`${shown(kind)}: ${problem}`];
    });
    if (lines.length > 0) warnings.push({ fieldRef, warning: lines.join('\n') });
  };
  for (const [index, validation] of indexed(spec.validations)) {
    const { expression } = validation;
    if (expression) check(expression, `spec.validations[${index}].expression`);
    const message = validation.messageExpression?.trim();
    if (message) check(message, `spec.validations[${index}].messageExpression`);
  }
  return warnings;
}

function problemWith(
  source: KindSource,
  environment: CelEnvironment,
  spec: PolicyExpressions,
  kind: GroupVersionKind,
  expression: string,
): string | undefined {
  const typeOf = (schema: Schema) => schemaType(schema, (found) => source.resolve(found));
  const schema = source.forKind(kind);
  if (schema === undefined) return undefined;
  const object = typeOf(schema);
  const composed = new Map<string, CelType>();
  const { apiVersion, kind: paramKind } = spec.paramKind ?? {};
  const params =
    apiVersion && paramKind
      ? source.forKind({ ...parseApiVersion(apiVersion), kind: paramKind })
      : undefined;
  const variables: Record<string, CelType> = {
    ...{ object, oldObject: object, variables: { kind: 'object', fields: composed } },
    ...(params === undefined ? {} : { params: typeOf(params) }),
  };
  for (const [, variable] of indexed(spec.variables)) {
    if (!variable.name || !variable.expression) continue;
    const found = inferred(environment, variable.expression, variables);
    composed.set(variable.name, found.type);
  }
  return inferred(environment, expression, variables).problem;
}

/** What was let in by an older server may not even compile. */
function inferred(
  environment: CelEnvironment,
  expression: string,
  variables: Readonly<Record<string, CelType>>,
): Pick<Inferred, 'problem' | 'type'> {
  try {
    return infer(environment.compile(expression), variables);
  } catch (error) {
    if (!(error instanceof CelCompileError)) throw error;
    return { problem: error.message, type: any };
  }
}

/** The kinds that rules name without stars, by group, version and kind. */
function kindsOf(source: KindSource, rules: readonly ResourceRule[]): GroupVersionKind[] {
  const found = new Map<string, GroupVersionKind>();
  for (const { apiGroups = [], apiVersions = [], resources = [] } of rules) {
    if ([...apiGroups, ...apiVersions].some((name) => name.includes('*'))) continue;
    for (const [of, version, plural] of combinations(apiGroups, apiVersions, resources)) {
      if (/[*/]/.test(plural) || found.size >= mostKinds) continue;
      const kind = source.kindOf(of, version, plural);
      if (kind !== undefined) found.set(shown(kind), kind);
    }
  }
  return [...found.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, kind]) => kind);
}

function combinations(
  groups: readonly string[],
  versions: readonly string[],
  resources: readonly string[],
): [string, string, string][] {
  return groups.flatMap((of) =>
    versions.flatMap((version) =>
      resources.map((plural): [string, string, string] => [of, version, plural]),
    ),
  );
}

/** `apps/v1, Kind=Deployment`; of the core group `/v1, Kind=Pod`. */
function shown(kind: GroupVersionKind): string {
  return `${kind.group === '' ? '/' : ''}${apiVersionOf(kind)}, Kind=${kind.kind}`;
}
