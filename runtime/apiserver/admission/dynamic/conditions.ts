/**
 * Match conditions: expressions that all must be true for a webhook or policy to have a say.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#matching-requests-matchconditions
 */
import { Budget, matchLimit } from '../../../api/cel/cost.ts';
import type { CelEnvironment } from '../../../api/cel/environment.ts';
import type { MatchCondition } from '../../../api/expressions/policy-spec.ts';

export type Matched =
  | { readonly outcome: 'yes' | 'no' }
  /** They could not be evaluated, and none of those that could was false. */
  | { readonly outcome: 'error'; readonly message: string };

export function matchConditions(
  conditions: readonly MatchCondition[],
  environment: CelEnvironment,
  variables: Readonly<Record<string, unknown>>,
): Matched {
  const budget = new Budget(matchLimit);
  const errors: string[] = [];
  for (const { expression } of conditions) {
    const result = tryEvaluate(environment, expression, variables, budget);
    if (typeof result === 'string') errors.push(result);
    else if (!result.value) return { outcome: 'no' };
  }
  if (errors.length === 0) return { outcome: 'yes' };
  return {
    outcome: 'error',
    message: errors.length === 1 ? `${errors[0]}` : `[${errors.join(', ')}]`,
  };
}

function tryEvaluate(
  environment: CelEnvironment,
  expression: string,
  variables: Readonly<Record<string, unknown>>,
  budget: Budget,
): { value: boolean } | string {
  if (budget.isEmpty) return outOfBudget;
  try {
    return { value: environment.compile(expression).evaluate(variables, budget) === true };
  } catch (error) {
    return failureOf(expression, error);
  }
}

export const outOfBudget =
  'validation failed due to running out of cost budget, no further validation rules will be run';

/** How the original reports an expression that fails. */
export function failureOf(expression: string, error: unknown): string {
  const why = error instanceof Error ? error.message : String(error);
  return `expression '${expression}' resulted in error: ${why}`;
}
