/** https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation */
import type { IncomingMessage } from 'node:http';
import { type ResourceAction, refusal } from '../authorization/attributes.ts';
import type { Authorizer } from '../authorization/authorizer.ts';
import { PageError } from '../http/page-error.ts';
import { anonymousUser, authenticatedGroup, serviceAccountUser, type User } from './user.ts';

const extraPrefix = 'impersonate-extra-';

/** Nearly nobody does, and taking the headers apart costs more than this. */
function wantsAnother({ rawHeaders }: IncomingMessage): boolean {
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const header = rawHeaders[at] as string;
    const first = header.charCodeAt(0) | 0x20;
    if (first === 0x69 && header.toLowerCase().startsWith('impersonate-')) return true;
  }
  return false;
}

/**
 * The user that the request wants to be taken for. Throws Forbidden if it may not, and PageError if it
 * wants groups or the like of nobody.
 */
export function impersonated(request: IncomingMessage, user: User, authorizer: Authorizer): User {
  if (!wantsAnother(request)) return user;
  const wanted = request.headersDistinct;
  const name = wanted['impersonate-user']?.[0] ?? '';
  const groups = wanted['impersonate-group'] ?? [];
  const uid = wanted['impersonate-uid']?.[0] || undefined;
  const extras = Object.keys(wanted).filter((header) => header.startsWith(extraPrefix));
  if (name === '') {
    if (groups.length === 0 && uid === undefined && extras.length === 0) return user;
    throw new PageError(`requested [${shown(wanted)}] without impersonating a user`);
  }
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(name);
  demand(
    authorizer,
    user,
    account === null
      ? { resource: 'users', name }
      : {
          resource: 'serviceaccounts',
          namespace: account[1] ?? '',
          name: account[2] ?? '',
        },
  );
  for (const group of groups) demand(authorizer, user, { resource: 'groups', name: group });
  const authentication = 'authentication.k8s.io';
  const extra: Record<string, string[]> = {};
  for (const header of extras) {
    const key = decoded(header.slice(extraPrefix.length)).toLowerCase();
    extra[key] = wanted[header] ?? [];
    for (const value of extra[key]) {
      demand(authorizer, user, {
        group: authentication,
        resource: 'userextras',
        subresource: key,
        name: value,
      });
    }
  }
  if (uid !== undefined) {
    demand(authorizer, user, { group: authentication, resource: 'uids', name: uid });
  }
  const own =
    account !== null && groups.length === 0
      ? serviceAccountUser(account[1] ?? '', account[2] ?? '', '').groups
      : groups;
  const joined = name === anonymousUser.name ? 'system:unauthenticated' : authenticatedGroup;
  const stated = own.some((group) => group === joined || group === 'system:unauthenticated');
  return {
    name,
    groups: stated ? own : [...own, joined],
    ...(uid === undefined ? {} : { uid }),
    ...(extras.length === 0 ? {} : { extra }),
  };
}

/** What is wanted besides a name, as Go prints the original's list of it. */
function shown(wanted: IncomingMessage['headersDistinct']): string {
  const version = 'authentication.k8s.io/v1';
  const groups = (wanted['impersonate-group'] ?? []).map((group) => `{Group  ${group}    }`);
  const extras = Object.entries(wanted).flatMap(([header, values = []]) => {
    if (!header.startsWith(extraPrefix)) return [];
    const key = decoded(header.slice(extraPrefix.length)).toLowerCase();
    return values.map((value) => `{UserExtra  ${value}  ${version}  ${key}}`);
  });
  const uid = wanted['impersonate-uid']?.[0] || undefined;
  const uids = uid === undefined ? [] : [`{UID  ${uid}  ${version}  }`];
  return [...groups, ...extras, ...uids].join(' ');
}

/** Keys that are not escaped as they should be stand for themselves. */
function decoded(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

function demand(authorizer: Authorizer, user: User, what: Partial<ResourceAction>): void {
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
  if (!authorizer.authorize(user, action).allowed) throw refusal(user, action);
}
