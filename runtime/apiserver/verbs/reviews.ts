/**
 * Kinds that are only ever created: questions about tokens, users and rights. The answer is the body
 * with its status filled in; nothing is stored.
 */
import { timestamp } from '../../api/clock.ts';
import type { UnknownObject } from '../../api/object.ts';
import { formatFieldSelector } from '../../api/selector.ts';
import { apiError, type StatusCause } from '../../api/status.ts';
import type { authentication, authorization } from '../../api/types.ts';
import { refusedText } from '../authentication/authenticate.ts';
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
  'authentication.k8s.io/SelfSubjectReview': async ({ registry }, { user }, _, body) => ({
    ...body,
    metadata: { creationTimestamp: timestamp(registry.clock.now()) },
    status: { userInfo: userInfo(user) },
  }),
  'authorization.k8s.io/SubjectAccessReview': async (operations, _, __, body) => {
    check(body, [...problemsOf(specOf(body)), ...problemsOfSubject(specOf(body))]);
    return reviewSubject(operations, body);
  },
  'authorization.k8s.io/LocalSubjectAccessReview': async (operations, _, place, body) => {
    check(body, [
      ...problemsOf(specOf(body)),
      ...problemsOfSubject(specOf(body)),
      ...problemsOfPlace(specOf(body), place.namespace),
    ]);
    return reviewSubject(operations, body);
  },
  'authorization.k8s.io/SelfSubjectAccessReview': async ({ authorizer }, { user }, _, body) => {
    check(body, problemsOf(specOf(body)));
    return answer(body, decided(authorizer.authorize(user, actionOf(specOf(body)))));
  },
  'authorization.k8s.io/SelfSubjectRulesReview': async ({ authorizer }, { user }, _, body) => {
    const spec = body.spec as authorization.SelfSubjectRulesReviewSpec | undefined;
    if (!spec?.namespace) throw apiError('BadRequest', 'no namespace on request');
    const { rules, error } = authorizer.rulesFor(user, spec.namespace);
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
      ...(error === undefined ? {} : { evaluationError: error }),
    });
  },
};

/** What is asked; selectors are younger than the types that we have. */
type Question = authorization.SubjectAccessReviewSpec & {
  readonly resourceAttributes?: { readonly fieldSelector?: FieldSelectorAttributes };
};

interface FieldSelectorAttributes {
  readonly rawSelector?: string;
  readonly requirements?: readonly { key: string; operator: string; values?: readonly string[] }[];
}

function specOf(body: UnknownObject): Question {
  return (body.spec ?? {}) as Question;
}

function answer(body: UnknownObject, status: object): UnknownObject {
  return { ...body, metadata: {}, status };
}

async function reviewToken(
  { tokens }: Operations,
  call: Call,
  _place: Place,
  body: UnknownObject,
): Promise<UnknownObject> {
  const spec = (body.spec ?? {}) as Partial<authentication.TokenReviewSpec>;
  if (!spec.token)
    throw apiError('BadRequest', 'token is required for TokenReview in authentication');
  const audiences = spec.audiences?.length ? spec.audiences : [tokens.issuer];
  const verdict = await tokens.verify(spec.token, audiences, {
    annotate: (key, value) => call.annotate?.(key, value),
    warn: (text) => call.warn(text),
  });
  if ('refused' in verdict) {
    return answer(body, { user: {}, error: refusedText(verdict.refused) });
  }
  return answer(body, {
    authenticated: true,
    user: userInfo(verdict.user),
    audiences: verdict.audiences,
  });
}

function check(body: UnknownObject, causes: readonly StatusCause[]): void {
  if (causes.length === 0) return;
  const texts = causes.map(({ field, message }) => `${field}: ${message}`);
  const list = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  const group = 'authorization.k8s.io';
  const details = { group, kind: body.kind, causes: [...causes] };
  throw apiError('Invalid', `${body.kind}.${group} "" is invalid: ${list}`, details);
}

function cause(field: string, value: string, detail: string): StatusCause {
  const message = `Invalid value: ${value}: ${detail}`;
  return { reason: 'FieldValueInvalid', message, field };
}

function problemsOf({ resourceAttributes, nonResourceAttributes }: Question): StatusCause[] {
  const field = 'spec.nonResourceAttributes';
  if (resourceAttributes && nonResourceAttributes) {
    const detail = 'cannot be specified in combination with resourceAttributes';
    return [cause(field, JSON.stringify(nonResourceAttributes), detail)];
  }
  if (resourceAttributes || nonResourceAttributes) return [];
  const detail = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
  return [cause('spec.resourceAttributes', 'null', detail)];
}

function problemsOfSubject({ user, groups = [] }: Question): StatusCause[] {
  if (user || groups.length > 0) return [];
  return [cause('spec.user', '""', 'at least one of user or group must be specified')];
}

function problemsOfPlace(spec: Question, namespace: string): StatusCause[] {
  const { resourceAttributes, nonResourceAttributes } = spec;
  const problems: StatusCause[] = [];
  const asked = resourceAttributes?.namespace ?? '';
  if (resourceAttributes && asked !== namespace) {
    const field = 'spec.resourceAttributes.namespace';
    problems.push(cause(field, JSON.stringify(asked), 'must match metadata.namespace'));
  }
  if (nonResourceAttributes) {
    const value = JSON.stringify(nonResourceAttributes);
    const detail = 'disallowed on this kind of request';
    problems.push(cause('spec.nonResourceAttributes', value, detail));
  }
  return problems;
}

function reviewSubject({ authorizer }: Operations, body: UnknownObject): UnknownObject {
  const spec = specOf(body);
  const { uid, extra } = spec;
  const user: User = {
    name: spec.user ?? '',
    groups: spec.groups ?? [],
    ...(uid ? { uid } : {}),
    ...(extra ? { extra } : {}),
  };
  return answer(body, decided(authorizer.authorize(user, actionOf(spec))));
}

function decided({ allowed, reason }: { allowed: boolean; reason: string }): object {
  return { allowed, ...(reason === '' ? {} : { reason }) };
}

function actionOf({ resourceAttributes, nonResourceAttributes: path }: Question): Action {
  if (path) return { type: 'path', verb: path.verb ?? '', path: path.path ?? '' };
  const resource = resourceAttributes ?? {};
  return {
    type: 'resource',
    verb: resource.verb ?? '',
    group: resource.group ?? '',
    version: resource.version ?? '',
    resource: resource.resource ?? '',
    subresource: resource.subresource ?? '',
    namespace: resource.namespace ?? '',
    name: resource.name ?? '',
    fieldSelector: selectorOf(resourceAttributes?.fieldSelector),
  };
}

/** Only equality narrows what somebody asks for; other requirements may be left out. */
function selectorOf(asked: FieldSelectorAttributes | undefined): string | undefined {
  if (asked === undefined || asked.rawSelector) return asked?.rawSelector;
  const equal = (asked.requirements ?? []).flatMap(({ key, operator, values = [] }) => {
    const [value] = values;
    const narrows = operator === 'In' && values.length === 1 && value !== undefined;
    return narrows ? [{ field: key, operator: '=' as const, value }] : [];
  });
  return formatFieldSelector(equal);
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
