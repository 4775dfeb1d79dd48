/** A short way to write rules of roles. */
import type { rbac } from '../../api/types.ts';

export type Rule = rbac.PolicyRule;

export interface ClusterRoleSpec {
  readonly name: string;
  readonly rules: readonly Rule[];
  readonly labels?: Readonly<Record<string, string>>;
  /** The rules of all roles with this label are added to it. */
  readonly aggregates?: string;
}

export const read = ['get', 'list', 'watch'];
export const write = ['create', 'delete', 'deletecollection', 'patch', 'update'];

export function rule(
  verbs: readonly string[],
  apiGroups: readonly string[],
  resources: readonly string[],
): Rule {
  return { verbs: [...verbs], apiGroups: [...apiGroups], resources: [...resources] };
}

export function paths(...nonResourceURLs: string[]): Rule {
  return { verbs: ['get'], nonResourceURLs };
}
