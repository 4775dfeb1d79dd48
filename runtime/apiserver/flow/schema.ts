/** Which flow schema a request belongs to. */
import type { User } from '../authentication/user.ts';
import type { RequestInfo, ResourceRequest } from '../http/request-info.ts';

interface Subject {
  readonly kind: string;
  readonly user?: { readonly name: string };
  readonly group?: { readonly name: string };
  readonly serviceAccount?: { readonly namespace: string; readonly name: string };
}

interface PolicyRule {
  readonly subjects?: readonly Subject[];
  readonly resourceRules?: readonly {
    readonly verbs: readonly string[];
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly namespaces?: readonly string[];
    readonly clusterScope?: boolean;
  }[];
  readonly nonResourceRules?: readonly {
    readonly verbs: readonly string[];
    readonly nonResourceURLs: readonly string[];
  }[];
}

export interface FlowSchema {
  readonly metadata: { readonly name: string; readonly uid?: string };
  readonly spec: {
    readonly priorityLevelConfiguration: { readonly name: string };
    readonly matchingPrecedence?: number;
    readonly distinguisherMethod?: { readonly type: string };
    readonly rules?: readonly PolicyRule[];
  };
}

/** Lower precedence first, then by name, as requests are compared with them. */
export function byPrecedence(schemas: readonly FlowSchema[]): FlowSchema[] {
  const precedence = (schema: FlowSchema) => schema.spec.matchingPrecedence ?? 1000;
  return [...schemas].sort(
    (a, b) => precedence(a) - precedence(b) || (a.metadata.name < b.metadata.name ? -1 : 1),
  );
}

export function matchesSchema({ spec }: FlowSchema, user: User, info: RequestInfo): boolean {
  return (spec.rules ?? []).some(
    ({ subjects = [], resourceRules = [], nonResourceRules = [] }) =>
      subjects.some((subject) => isSubject(subject, user)) &&
      (info.type === 'resource'
        ? resourceRules.some((rule) => coversResource(rule, info))
        : nonResourceRules.some(
            ({ verbs, nonResourceURLs }) =>
              has(verbs, info.verb) && nonResourceURLs.some((url) => coversPath(url, info.path)),
          )),
  );
}

/** What sets the flows of one schema apart. */
export function flowOf({ spec }: FlowSchema, user: User, info: RequestInfo): string {
  switch (spec.distinguisherMethod?.type) {
    case 'ByUser':
      return user.name;
    case 'ByNamespace':
      return info.type === 'resource' ? info.namespace : '';
    default:
      return '';
  }
}

function isSubject(subject: Subject, user: User): boolean {
  const { kind } = subject;
  if (kind === 'User') {
    const name = subject.user?.name;
    return name === '*' || name === user.name;
  }
  if (kind === 'Group') {
    const name = subject.group?.name ?? '';
    return name === '*' || user.groups.includes(name);
  }
  const { namespace = '', name = '' } = subject.serviceAccount ?? {};
  const prefix = `system:serviceaccount:${namespace}:`;
  return name === '*' ? user.name.startsWith(prefix) : user.name === prefix + name;
}

function coversResource(
  rule: NonNullable<PolicyRule['resourceRules']>[number],
  info: ResourceRequest,
): boolean {
  const { resource, subresource, namespace } = info;
  const whole = subresource === '' ? resource : `${resource}/${subresource}`;
  const inScope =
    namespace === '' ? rule.clusterScope === true : has(rule.namespaces ?? [], namespace);
  return (
    inScope &&
    has(rule.verbs, info.verb) &&
    has(rule.apiGroups, info.group) &&
    has(rule.resources, whole)
  );
}

function coversPath(pattern: string, path: string): boolean {
  if (pattern === '*' || pattern === path) return true;
  return pattern.endsWith('/*') && path.startsWith(pattern.slice(0, -1));
}

function has(list: readonly string[], value: string): boolean {
  return list.includes('*') || list.includes(value);
}
