/** https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/ */
import type { Secret } from '../../api/types.ts';
import type { Cache } from '../registry/cache.ts';
import { sameText } from './same-text.ts';
import { authenticatedGroup, type User } from './user.ts';

const format = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const group = 'system:bootstrappers';
const extraGroup = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;

/** True for what looks like `abcdef.0123456789abcdef`, and so cannot be any other token. */
export function isBootstrapToken(token: string): boolean {
  return format.test(token);
}

/** Who the token stands for; undefined if there is no such token, it has ended or is for other use. */
export function bootstrapUser(token: string, cache: Cache, now: number): User | undefined {
  const [, id = '', secretPart = ''] = format.exec(token) ?? [];
  const secrets = cache.resource('core/secrets');
  const object = secrets.get(`${secrets.prefix}kube-system/bootstrap-token-${id}`)?.object;
  const secret = object as unknown as Secret | undefined;
  if (secret?.type !== 'bootstrap.kubernetes.io/token') return undefined;
  if (secret.metadata.deletionTimestamp !== undefined) return undefined;
  const text = (key: string) => Buffer.from(secret.data?.[key] ?? '', 'base64').toString();
  if (text('token-id') !== id || !sameText(text('token-secret'), secretPart)) return undefined;
  if (text('usage-bootstrap-authentication') !== 'true') return undefined;
  const expiration = text('expiration');
  // What is no time compares as over.
  if (expiration !== '' && !(Date.parse(expiration) > now)) return undefined;
  const extra = text('auth-extra-groups');
  const groups = extra === '' ? [] : extra.split(',');
  if (groups.some((name) => !extraGroup.test(name))) return undefined;
  return {
    name: `system:bootstrap:${id}`,
    groups: [group, ...groups, authenticatedGroup],
  };
}
