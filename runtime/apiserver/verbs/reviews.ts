/**
 * Kinds that are only ever created: questions about tokens, users and rights. The answer is the body
 * with its status filled in; nothing is stored.
 */
import type { UnknownObject } from '../../api/object.ts';
import { apiError } from '../../api/status.ts';
import type { authentication, authorization } from '../../api/types.ts';
import type { User } from '../authentication/user.ts';
import type { Action } from '../authorization/attributes.ts';
import type { Call, Place } from '../registry/registry.ts';
import type { Operations } from './operations.ts';

type Review = (
  operations: Operations,
  call: Call,
  place: Place,
  body: UnknownObject,
) => Promise<UnknownObject>;

export const reviews: Readonly<Record<string, Review>> = {
  'authentication.k8s.io/TokenReview': reviewToken,
  'authentication.k8s.io/SelfSubjectReview': async (_, { user }, __, body) =>
    answer(body, { userInfo: userInfo(user) }),
  'authorization.k8s.io/SubjectAccessReview': async (operations, _, __, body) =>
    reviewSubject(operations, body),
  'authorization.k8s.io/LocalSubjectAccessReview': async (operations, _, place, body) => {
    const spec = body.spec as authorization.SubjectAccessReviewSpec | undefined;
    if (spec?.resourceAttributes?.namespace !== place.namespace) {
      throw apiError(
        'Invalid',
        'LocalSubjectAccessReview.authorization.k8s.io "" is invalid: spec.resourceAttributes.namespace: Invalid value: must match metadata.namespace',
      );
    }
    return reviewSubject(operations, body);
  },
  'authorization.k8s.io/SelfSubjectAccessReview': async ({ rbac }, { user }, _, body) => {
    const action = actionOf(body.spec as authorization.SelfSubjectAccessReviewSpec);
    return answer(body, decided(rbac.authorize(user, action)));
  },
  'authorization.k8s.io/SelfSubjectRulesReview': async ({ rbac }, { user }, _, body) => {
    const spec = body.spec as authorization.SelfSubjectRulesReviewSpec | undefined;
    if (!spec?.namespace) throw apiError('BadRequest', 'no namespace on request');
    const rules = rbac.rulesFor(user, spec.namespace);
    return answer(body, {
      resourceRules: rules
        .filter((rule) => rule.resources?.length)
        .map(({ verbs, apiGroups, resources, resourceNames }) => ({
          verbs,
          apiGroups,
          resources,
          ...(resourceNames?.length ? { resourceNames } : {}),
        })),
      nonResourceRules: rules
        .filter((rule) => rule.nonResourceURLs?.length)
        .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
      incomplete: false,
    });
  },
};

function answer(body: UnknownObject, status: object): UnknownObject {
  return { ...body, metadata: {}, status };
}

async function reviewToken(
  { tokens }: Operations,
  _call: Call,
  _place: Place,
  body: UnknownObject,
): Promise<UnknownObject> {
  const spec = (body.spec ?? {}) as Partial<authentication.TokenReviewSpec>;
  if (!spec.token)
    throw apiError('BadRequest', 'token is required for TokenReview in authentication');
  const audiences = spec.audiences?.length ? spec.audiences : [tokens.issuer];
  const verified = await tokens.verify(spec.token, audiences);
  if (verified === undefined) {
    return answer(body, { user: {}, error: 'invalid bearer token' });
  }
  return answer(body, {
    authenticated: true,
    user: userInfo(verified.user),
    audiences: verified.audiences,
  });
}

function reviewSubject({ rbac }: Operations, body: UnknownObject): UnknownObject {
  const spec = (body.spec ?? {}) as authorization.SubjectAccessReviewSpec;
  if (!spec.user && !spec.groups?.length) {
    throw apiError(
      'Invalid',
      `${body.kind}.authorization.k8s.io "" is invalid: spec.user: Invalid value: "": at least one of user or group must be specified`,
    );
  }
  const user: User = { name: spec.user ?? '', groups: spec.groups ?? [] };
  return answer(body, decided(rbac.authorize(user, actionOf(spec))));
}

function decided({ allowed, reason }: { allowed: boolean; reason: string }): object {
  return { allowed, ...(reason === '' ? {} : { reason }) };
}

function actionOf(spec: authorization.SelfSubjectAccessReviewSpec | undefined): Action {
  const { resourceAttributes: resource, nonResourceAttributes: path } = spec ?? {};
  if (path) return { type: 'path', verb: path.verb ?? '', path: path.path ?? '' };
  if (!resource) {
    throw apiError(
      'BadRequest',
      'spec.resourceAttributes: Invalid value: exactly one of nonResourceAttributes or resourceAttributes must be specified',
    );
  }
  return {
    type: 'resource',
    verb: resource.verb ?? '',
    group: resource.group ?? '',
    version: resource.version ?? '',
    resource: resource.resource ?? '',
    subresource: resource.subresource ?? '',
    namespace: resource.namespace ?? '',
    name: resource.name ?? '',
  };
}

function userInfo(user: User): object {
  const { name, uid, groups, extra } = user;
  return {
    username: name,
    ...(uid ? { uid } : {}),
    groups,
    ...(extra === undefined ? {} : { extra }),
  };
}
