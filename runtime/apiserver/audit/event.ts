/** The lines of an audit log: https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/ */
import type { Status } from '../../api/status.ts';
import type { User } from '../authentication/user.ts';
import type { Level, Stage } from './policy.ts';

interface UserInfo {
  readonly username?: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: User['extra'];
}

export interface ObjectReference {
  resource?: string;
  namespace?: string;
  name?: string;
  uid?: string;
  apiGroup?: string;
  apiVersion?: string;
  resourceVersion?: string;
  subresource?: string;
}

export interface AuditEvent {
  readonly kind: 'Event';
  readonly apiVersion: 'audit.k8s.io/v1';
  readonly level: Level;
  readonly auditID: string;
  readonly stage: Stage;
  readonly requestURI: string;
  readonly verb: string;
  readonly user: UserInfo;
  readonly impersonatedUser?: UserInfo;
  readonly sourceIPs?: readonly string[];
  readonly userAgent?: string;
  readonly objectRef?: ObjectReference;
  readonly responseStatus?: Partial<Status> & { code: number };
  readonly requestObject?: unknown;
  readonly responseObject?: unknown;
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export function userInfo({ name, uid, groups, extra }: User): UserInfo {
  return {
    username: name,
    ...(uid ? { uid } : {}),
    ...(groups.length > 0 ? { groups } : {}),
    ...(extra === undefined ? {} : { extra }),
  };
}

/** The value without managedFields, of an object or of every item of a list. */
export function withoutManagedFields(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const { metadata, items, ...rest } = value as Record<string, unknown>;
  const copy: Record<string, unknown> = { ...rest };
  if (metadata !== undefined) {
    const { managedFields: _, ...kept } = (metadata ?? {}) as Record<string, unknown>;
    copy.metadata = kept;
  }
  if (items !== undefined) {
    copy.items = Array.isArray(items) ? items.map(withoutManagedFields) : items;
  }
  return copy;
}
