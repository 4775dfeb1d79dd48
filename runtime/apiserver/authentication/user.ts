/** Who a request comes from, as authentication found out. */
export interface User {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export const mastersGroup = 'system:masters';
export const authenticatedGroup = 'system:authenticated';

/** This process itself. */
export const loopbackUser: User = {
  name: 'system:apiserver',
  groups: [mastersGroup, authenticatedGroup],
};

export const anonymousUser: User = {
  name: 'system:anonymous',
  groups: ['system:unauthenticated'],
};

/** As authentication finds a service account. */
export function serviceAccountUser(namespace: string, name: string, uid: string): User {
  return {
    name: `system:serviceaccount:${namespace}:${name}`,
    uid,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, authenticatedGroup],
  };
}
