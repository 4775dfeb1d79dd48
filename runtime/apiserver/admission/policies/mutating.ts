/**
 * MutatingAdmissionPolicy: expressions that make changes, as objects to lay over the request's or as
 * JSON patches.
 * https://kubernetes.io/docs/reference/access-authn-authz/mutating-admission-policy/
 */

import { jsonValue } from '../../../api/cel/values.ts';
import type { Mutation } from '../../../api/expressions/policy-spec.ts';
import type { UnknownObject } from '../../../api/object.ts';
import { ApiError } from '../../../api/status.ts';
import { mergeTyped } from '../../patching/apply/typed.ts';
import { jsonPatch } from '../../patching/json-patch.ts';
import { copyJson, sameJson } from '../../registry/json.ts';
import type { Registry } from '../../registry/registry.ts';
import type { AdmissionPlugin, Attributes } from '../admission.ts';
import { isExempt } from '../dynamic/match.ts';
import { type Shown, show, takeOver } from '../dynamic/shown.ts';
import type { Authorizes } from '../dynamic/variables.ts';
import { reinvocationOf } from '../reinvocation.ts';
import { Evaluation } from './evaluation.ts';
import { paramsOf } from './params.ts';
import { type Concern, concernsOf } from './policy.ts';
import { policyRefusal } from './validating.ts';

export function mutatingPolicies(authorizer: Authorizes): AdmissionPlugin {
  return {
    name: 'MutatingAdmissionPolicy',
    mutate(attributes, registry) {
      const { object, operation, served } = attributes;
      if (object === undefined || isExempt(served)) return false;
      if (operation !== 'CREATE' && operation !== 'UPDATE') return false;
      const concerns = concernsOf(registry, 'mutating', attributes);
      if (concerns.length === 0) return false;
      return mutateByAll(registry, attributes, authorizer, concerns);
    },
  };
}

/** True if a policy has changed the object. */
async function mutateByAll(
  registry: Registry,
  attributes: Attributes,
  authorizer: Authorizes,
  concerns: readonly Concern[],
): Promise<boolean> {
  const { object } = attributes;
  const reinvocation = reinvocationOf(attributes);
  reinvocation.resume(object);
  let foreign = false;
  for (const concern of concerns) {
    const { policy, binding } = concern;
    const name = `policy ${policy.metadata.name}/${binding.metadata.name}`;
    if (!reinvocation.isDue(name)) continue;
    if (await applyPolicy(registry, attributes, authorizer, concern)) {
      foreign = true;
      reinvocation.changed(name);
    }
    if (policy.spec.reinvocationPolicy === 'IfNeeded') reinvocation.mayRepeat(name);
  }
  reinvocation.leave(object);
  return foreign;
}

/** True if the policy has changed the object. */
async function applyPolicy(
  registry: Registry,
  attributes: Attributes,
  authorizer: Authorizes,
  concern: Concern,
): Promise<boolean> {
  const { policy, binding, target } = concern;
  try {
    let changed = false;
    for (const params of await paramsOf(registry, attributes, policy, binding)) {
      const first = await show(attributes, target);
      const before = new Evaluation(registry, attributes, first, authorizer, policy, params);
      const matched = before.conditions();
      if (matched.outcome === 'error') throw new Error(matched.message);
      if (matched.outcome === 'no') continue;
      for (const mutation of policy.spec.mutations ?? []) {
        // Each sees what those before it have done.
        const shown = await show(attributes, target);
        const evaluation = new Evaluation(registry, attributes, shown, authorizer, policy, params);
        if (await applyMutation(registry, attributes, shown, evaluation, mutation)) changed = true;
      }
    }
    return changed;
  } catch (error) {
    if (error instanceof ApiError) throw error;
    if (policy.spec.failurePolicy === 'Ignore') return false;
    const why = error instanceof Error ? error.message : String(error);
    const message = `policy '${policy.metadata.name}' with binding '${binding.metadata.name}' denied request: ${why}`;
    throw policyRefusal(attributes, message, undefined);
  }
}

async function applyMutation(
  registry: Registry,
  attributes: Attributes,
  shown: Shown,
  evaluation: Evaluation,
  mutation: Mutation,
): Promise<boolean> {
  const { object } = shown;
  if (object === undefined) return false;
  const patch = mutation.patchType === 'JSONPatch';
  const expression = (patch ? mutation.jsonPatch : mutation.applyConfiguration)?.expression ?? '';
  const made = evaluation.evaluate(expression);
  if (!made.ok) throw new Error(made.message);
  const value = jsonValue(made.value);
  const next = patch ? patched(object, value) : laidOver(registry, object, shown, value);
  if (sameJson(next, object)) return false;
  await takeOver(registry, attributes, shown, next);
  return true;
}

function patched(object: UnknownObject, operations: unknown): UnknownObject {
  try {
    return copyJson(jsonPatch(object, operations)) as UnknownObject;
  } catch (error) {
    throw new Error(`JSON Patch: ${error instanceof Error ? error.message : error}`);
  }
}

const keptNames = ['apiVersion', 'kind'];
const keptMetadata = ['name', 'namespace', 'uid', 'resourceVersion', 'creationTimestamp'];

/** As server-side apply would lay it over, but without owners. */
function laidOver(
  registry: Registry,
  object: UnknownObject,
  shown: Shown,
  value: unknown,
): UnknownObject {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new Error('error applying patch: the expression must evaluate to an Object');
  }
  const configuration = { ...(value as Record<string, unknown>) };
  for (const name of keptNames) delete configuration[name];
  if (typeof configuration.metadata === 'object' && configuration.metadata !== null) {
    const metadata: Record<string, unknown> = { ...configuration.metadata };
    for (const name of keptMetadata) delete metadata[name];
    configuration.metadata = metadata;
  }
  const schema = registry.schemas.forKind(shown.kind);
  return copyJson(mergeTyped(object, configuration, schema, registry.schemas)) as UnknownObject;
}
