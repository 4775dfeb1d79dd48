/** https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation */
import type { IncomingMessage } from 'node:http';
import { apiError } from '../../api/status.ts';
import { type ResourceAction, refusal } from '../authorization/attributes.ts';
import type { Rbac } from '../authorization/rbac.ts';
import { serviceAccountUser } from './tokens.ts';
import { authenticatedGroup, type User } from './user.ts';

const extraPrefix = 'impersonate-extra-';

/** The user that the request wants to be taken for. Throws Forbidden if it may not. */
export function impersonated(request: IncomingMessage, user: User, rbac: Rbac): User {
  const wanted = request.headersDistinct;
  const name = wanted['impersonate-user']?.[0] ?? '';
  const groups = wanted['impersonate-group'] ?? [];
  const uid = wanted['impersonate-uid']?.[0];
  const extras = Object.keys(wanted).filter((header) => header.startsWith(extraPrefix));
  if (name === '') {
    if (groups.length === 0 && uid === undefined && extras.length === 0) return user;
    throw apiError(
      'InternalError',
      `Internal error occurred: requested ${JSON.stringify(groups)} without impersonating a user name`,
    );
  }
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(name);
  demand(
    rbac,
    user,
    account === null
      ? { resource: 'users', name }
      : {
          resource: 'serviceaccounts',
          namespace: account[1] ?? '',
          name: account[2] ?? '',
        },
  );
  for (const group of groups) demand(rbac, user, { resource: 'groups', name: group });
  const authentication = 'authentication.k8s.io';
  if (uid !== undefined) demand(rbac, user, { group: authentication, resource: 'uids', name: uid });
  const extra: Record<string, string[]> = {};
  for (const header of extras) {
    const key = decodeURIComponent(header.slice(extraPrefix.length));
    extra[key] = wanted[header] ?? [];
    for (const value of extra[key]) {
      demand(rbac, user, {
        group: authentication,
        resource: 'userextras',
        subresource: key,
        name: value,
      });
    }
  }
  const own =
    account !== null && groups.length === 0
      ? serviceAccountUser(account[1] ?? '', account[2] ?? '', '').groups
      : groups;
  const anonymous = name === 'system:anonymous' || own.includes(authenticatedGroup);
  return {
    name,
    groups: anonymous ? own : [...own, authenticatedGroup],
    ...(uid === undefined ? {} : { uid }),
    ...(extras.length === 0 ? {} : { extra }),
  };
}

function demand(rbac: Rbac, user: User, what: Partial<ResourceAction>): void {
  const action: ResourceAction = {
    type: 'resource',
    verb: 'impersonate',
    group: '',
    version: 'v1',
    resource: '',
    subresource: '',
    namespace: '',
    name: '',
    ...what,
  };
  if (!rbac.authorize(user, action).allowed) throw refusal(user, action);
}
