/** The APIService: which server answers for a group and version. */
import type { KubeObject } from '../../api/object.ts';

export interface ApiServiceCondition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime?: string;
}

export interface ServiceReference {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}

export interface ApiService extends KubeObject {
  readonly spec: {
    /** Left out: this server answers by itself. */
    readonly service?: ServiceReference;
    readonly group: string;
    readonly version: string;
    readonly insecureSkipTLSVerify?: boolean;
    /** Base64 of PEM. */
    readonly caBundle?: string;
    /** The higher of two groups comes first. */
    readonly groupPriorityMinimum: number;
    /** The higher of two versions of a group comes first. */
    readonly versionPriority: number;
  };
  readonly status?: { readonly conditions?: readonly ApiServiceCondition[] };
}

/** One that another server answers for. */
export type RemoteApiService = ApiService & {
  readonly spec: { readonly service: ServiceReference };
};

export function isRemote(service: ApiService): service is RemoteApiService {
  return service.spec.service !== undefined && service.spec.service !== null;
}

export function isAvailable(service: ApiService): boolean {
  return (service.status?.conditions ?? []).some(
    ({ type, status }) => type === 'Available' && status === 'True',
  );
}
