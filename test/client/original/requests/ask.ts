/** What a request is, and short ways to write one. */

export interface Ask {
  readonly method?: string;
  readonly path: string;
  readonly type?: string;
  readonly accept?: string;
  readonly body?: unknown;
  /** As it is sent, instead of `body` as JSON. */
  readonly raw?: string;
  /** Why the status code is another one than release 1.20's. */
  readonly differs?: string;
  /** Keeps each server's version and continue token for `{version}` and `{continue}` of later paths. */
  readonly keep?: boolean;
  /** The order of the items is the original's own. */
  readonly sorted?: boolean;
  readonly encoding?: 'gzip';
  /** What is said when all is well is compared elsewhere: only how it is said. */
  readonly headOnly?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  /** Without the certificate that all else is asked with. */
  readonly anonymous?: boolean;
}

export const core = '/api/v1/namespaces/default';
export const apps = '/apis/apps/v1/namespaces/default';
export const table = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
export const get = (path: string, accept?: string): Ask => ({ path, ...(accept && { accept }) });
export const post = (path: string, body: unknown): Ask => ({ method: 'POST', path, body });
export const put = (path: string, body: unknown): Ask => ({ method: 'PUT', path, body });
export const del = (path: string, body?: unknown): Ask => ({ method: 'DELETE', path, body });
export const patch = (path: string, body: unknown, type = 'merge-patch+json'): Ask => ({
  ...{ method: 'PATCH', path, body, type: `application/${type}` },
});
export const map = (name: string, more: object = {}) => ({
  ...{
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, labels: { set: 'a' } },
    data: { k: 'v' },
  },
  ...more,
});
export const template = (more: object = {}) => ({
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'app', image: 'app' }], ...more },
});
export const pod = (name: string, spec: object = {}, metadata: object = {}) => ({
  ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { app: 'web' }, ...metadata } },
  spec: { automountServiceAccountToken: false, ...template().spec, ...spec },
});
export const workload = (kind: string, name: string, spec: object = {}) => ({
  ...{ apiVersion: 'apps/v1', kind, metadata: { name } },
  spec: { selector: { matchLabels: { app: 'web' } }, template: template(), ...spec },
});
export const differs = (why: string, ask: Ask): Ask => ({ ...ask, differs: why });
export const notItsFault = 'the original calls it an internal error';
export const noNodes = 'there is no kubelet here';
export const maps = `${core}/configmaps`;
export const pods = `${core}/pods`;
export const deployments = `${apps}/deployments`;
