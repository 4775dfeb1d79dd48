/** One policy on one request: its variables, its conditions, its budget. */

import { Budget } from '../../../api/cel/cost.ts';
import type { CelEnvironment } from '../../../api/cel/environment.ts';
import { celValue } from '../../../api/cel/values.ts';
import { policyEnvironment } from '../../../api/expressions/environments.ts';
import type { UnknownObject } from '../../../api/object.ts';
import type { Registry } from '../../registry/registry.ts';
import type { Attributes } from '../admission.ts';
import { failureOf, type Matched, matchConditions, outOfBudget } from '../dynamic/conditions.ts';
import type { Shown } from '../dynamic/shown.ts';
import { type Authorizes, addLazily, policyVariables } from '../dynamic/variables.ts';
import type { Policy, PolicySpec } from './policy.ts';

export type Evaluated =
  | { readonly ok: true; readonly value: unknown }
  /** In the original's words. */
  | { readonly ok: false; readonly message: string };

export function environmentOf(spec: PolicySpec): CelEnvironment {
  const params = spec.paramKind !== undefined;
  return policyEnvironment({ params, variables: true, authorizer: true });
}

export class Evaluation {
  readonly #spec: PolicySpec;
  readonly #environment: CelEnvironment;
  readonly #variables: Record<string, unknown>;
  readonly #budget = new Budget();

  constructor(
    registry: Registry,
    attributes: Attributes,
    shown: Shown,
    authorizer: Authorizes,
    policy: Policy,
    params: UnknownObject | undefined,
  ) {
    this.#spec = policy.spec;
    this.#environment = environmentOf(policy.spec);
    this.#variables = addLazily(policyVariables(registry, attributes, shown, authorizer), {
      params: () => celValue(params ?? null),
      variables: () => this.#composed(),
    });
  }

  conditions(): Matched {
    const conditions = this.#spec.matchConditions ?? [];
    return matchConditions(conditions, this.#environment, this.#variables);
  }

  evaluate(expression: string): Evaluated {
    if (this.#budget.isEmpty) return { ok: false, message: outOfBudget };
    try {
      const program = this.#environment.compile(expression);
      return { ok: true, value: program.evaluate(this.#variables, this.#budget) };
    } catch (error) {
      return { ok: false, message: failureOf(expression, error) };
    }
  }

  /** The policy's variables, each evaluated when an expression first asks for it. */
  #composed(): Record<string, unknown> {
    const makers = (this.#spec.variables ?? []).map(({ name, expression }) => {
      const make = () => {
        try {
          return this.#environment.compile(expression).evaluate(this.#variables, this.#budget);
        } catch (error) {
          const why = error instanceof Error ? error.message : String(error);
          throw new Error(`composited variable "${name}" fails to evaluate: ${why}`);
        }
      };
      return [name, make] as const;
    });
    return addLazily({}, Object.fromEntries(makers));
  }
}
