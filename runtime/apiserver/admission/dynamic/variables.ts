/** What expressions in webhooks and policies know of a request. */
import { Authorizer, type AuthorizerSource } from '../../../api/cel/authorizer.ts';
import { celValue } from '../../../api/cel/values.ts';
import type { User } from '../../authentication/user.ts';
import type { Action, Decision } from '../../authorization/attributes.ts';
import type { Registry } from '../../registry/registry.ts';
import type { Attributes } from '../admission.ts';
import { namespaceOf } from './match.ts';
import { requestFacts } from './request.ts';
import type { Shown } from './shown.ts';

/** Answers what a user may do, at once. */
export interface Authorizes {
  authorize(user: User, action: Action): Decision;
}

/** The variables of match conditions, made when an expression first asks for them. */
export function requestVariables(
  attributes: Attributes,
  shown: Shown,
  authorizer: Authorizes,
): Record<string, unknown> {
  return lazily({
    object: () => celValue(shown.object ?? null),
    oldObject: () => celValue(shown.previous ?? null),
    request: () => celValue(requestFacts(attributes, shown)),
    authorizer: () => authorizerFor(attributes, authorizer),
  });
}

/** As `requestVariables`, with what only policies know. */
export function policyVariables(
  registry: Registry,
  attributes: Attributes,
  shown: Shown,
  authorizer: Authorizes,
): Record<string, unknown> {
  const variables = requestVariables(attributes, shown, authorizer);
  return addLazily(variables, {
    namespaceObject: () => celValue(namespaceOf(registry, attributes.place.namespace) ?? null),
  });
}

function lazily(makers: Record<string, () => unknown>): Record<string, unknown> {
  return addLazily({}, makers);
}

/** Defines members that are made when first read. */
export function addLazily(
  target: Record<string, unknown>,
  makers: Readonly<Record<string, () => unknown>>,
): Record<string, unknown> {
  for (const [name, make] of Object.entries(makers)) {
    Object.defineProperty(target, name, {
      configurable: true,
      enumerable: true,
      get() {
        const value = make();
        Object.defineProperty(target, name, { value, enumerable: true, configurable: true });
        return value;
      },
    });
  }
  return target;
}

function authorizerFor(attributes: Attributes, authorizer: Authorizes): Authorizer {
  const { served, subresource, place, call } = attributes;
  return new Authorizer(sourceFor(authorizer, call.user), {
    group: served.kind.group,
    resource: served.kind.resource,
    subresource,
    namespace: place.namespace,
    name: place.name,
  });
}

function sourceFor(authorizer: Authorizes, user: User): AuthorizerSource {
  return {
    resource: (question) =>
      authorizer.authorize(user, { type: 'resource', version: '*', ...question }),
    path: (path, verb) => authorizer.authorize(user, { type: 'path', path, verb }),
    serviceAccount: (namespace, name) =>
      sourceFor(authorizer, {
        name: `system:serviceaccount:${namespace}:${name}`,
        groups: [
          'system:serviceaccounts',
          `system:serviceaccounts:${namespace}`,
          'system:authenticated',
        ],
      }),
  };
}
