/**
 * Says in the status of validating policies which fields their expressions name that the kinds they
 * are about do not have, and which operators do not fit. It is advice: policies work all the same.
 * https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/#type-checking
 */
import { CelCompileError, type CelEnvironment } from '../../../api/cel/environment.ts';
import { type Inferred, infer, type Typed } from '../../../api/cel/fields.ts';
import {
  apiVersionOf,
  type GroupVersionKind,
  type KubeObject,
  parseApiVersion,
} from '../../../api/object.ts';
import type { Schema } from '../../../api/schema.ts';
import { isApiError } from '../../../api/status.ts';
import { loopbackUser } from '../../authentication/user.ts';
import { keepUp } from '../../registry/keep-up.ts';
import type { Call, Registry } from '../../registry/registry.ts';
import { patchObject } from '../../verbs/patch.ts';
import type { Rule } from '../dynamic/match.ts';
import { environmentOf } from './evaluation.ts';
import type { Policy } from './policy.ts';

const group = 'admissionregistration.k8s.io';
const resource = 'validatingadmissionpolicies';
/** Kinds that one policy is held against. */
const mostKinds = 10;

export interface ExpressionWarning {
  readonly fieldRef: string;
  readonly warning: string;
}

const call: Call = {
  user: loopbackUser,
  fieldManager: 'validatingadmissionpolicy-status',
  dryRun: false,
  warn: () => {},
};

/** Looks after every change of a policy; the result ends it. */
export function keepPolicyStatus(registry: Registry, log: (message: string) => void): () => void {
  const policies = registry.cache.resource(`${group}/${resource}`);
  const work = async () => {
    for (const item of [...policies.items()]) {
      await report(registry, item.object as unknown as Reported);
    }
  };
  return keepUp([policies], work, (error) =>
    log(`the status of admission policies could not be written: ${String(error)}`),
  );
}

interface Reported extends Policy {
  readonly status?: { readonly observedGeneration?: number };
}

async function report(registry: Registry, policy: Reported): Promise<void> {
  const { name = '', generation = 0 } = policy.metadata;
  if (generation <= (policy.status?.observedGeneration ?? 0)) return;
  const expressionWarnings = typeCheck(registry, policy);
  const patch: KubeObject & { status: object } = {
    apiVersion: policy.apiVersion,
    kind: policy.kind,
    metadata: { name },
    status: {
      observedGeneration: generation,
      typeChecking: expressionWarnings.length === 0 ? {} : { expressionWarnings },
    },
  };
  const served = registry.served.get(group, 'v1', resource);
  const request = { type: 'apply', patch, force: true, fieldValidation: 'Ignore' } as const;
  try {
    await patchObject(registry, call, served, { namespace: '', name }, request, 'status');
  } catch (error) {
    // Deleted meanwhile: then there is nothing to say of it.
    if (!isApiError(error, 'NotFound')) throw error;
  }
}

/** What does not fit the kinds that the policy's rules name; those with a star are passed over. */
export function typeCheck(registry: Registry, { spec }: Policy): ExpressionWarning[] {
  const kinds = kindsOf(registry, spec.matchConstraints?.resourceRules ?? []);
  const environment = environmentOf(spec);
  const warnings: ExpressionWarning[] = [];
  const check = (expression: string, fieldRef: string) => {
    const lines = kinds.flatMap((kind) => {
      const problem = problemWith(registry, environment, spec, kind, expression);
      return problem === undefined ? [] : [`${shown(kind)}: ${problem}`];
    });
    if (lines.length > 0) warnings.push({ fieldRef, warning: lines.join('\n') });
  };
  for (const [index, validation] of (spec.validations ?? []).entries()) {
    check(validation.expression, `spec.validations[${index}].expression`);
    const message = validation.messageExpression?.trim();
    if (message) check(message, `spec.validations[${index}].messageExpression`);
  }
  return warnings;
}

function problemWith(
  registry: Registry,
  environment: CelEnvironment,
  spec: Policy['spec'],
  kind: GroupVersionKind,
  expression: string,
): string | undefined {
  const { schemas } = registry;
  const resolve = (schema: Schema) => schemas.resolve(schema);
  const object = schemas.forKind(kind);
  if (object === undefined) return undefined;
  const composed: Schema & { properties: Record<string, Schema> } = {
    type: 'object',
    properties: {},
  };
  const params = spec.paramKind && schemas.forKind(gvkOf(spec.paramKind));
  const variables: Record<string, Schema> = {
    ...{ object, oldObject: object, variables: composed },
    ...(params === undefined ? {} : { params }),
  };
  for (const variable of spec.variables ?? []) {
    const found = inferred(environment, variable.expression, { variables, resolve });
    composed.properties[variable.name] = found.schema ?? anything;
  }
  return inferred(environment, expression, { variables, resolve }).problem;
}

/** What was let in by an older server may not even compile. */
function inferred(environment: CelEnvironment, expression: string, typed: Typed): Inferred {
  try {
    return infer(environment.compile(expression), typed);
  } catch (error) {
    if (!(error instanceof CelCompileError)) throw error;
    return { problem: error.message, schema: undefined };
  }
}

const anything: Schema = { 'x-kubernetes-preserve-unknown-fields': true };

function gvkOf({ apiVersion, kind }: { apiVersion: string; kind: string }): GroupVersionKind {
  return { ...parseApiVersion(apiVersion), kind };
}

/** The kinds that rules name without stars, by group, version and kind. */
function kindsOf(registry: Registry, rules: readonly Rule[]): GroupVersionKind[] {
  const found = new Map<string, GroupVersionKind>();
  for (const { apiGroups = [], apiVersions = [], resources = [] } of rules) {
    if ([...apiGroups, ...apiVersions].some((name) => name.includes('*'))) continue;
    for (const [of, version, plural] of combinations(apiGroups, apiVersions, resources)) {
      if (/[*/]/.test(plural) || found.size >= mostKinds) continue;
      const kind = registry.served.find(of, version, plural)?.kind;
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
