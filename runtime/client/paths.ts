/** URLs of the Kubernetes API. https://kubernetes.io/docs/reference/using-api/api-concepts/ */
import { apiError } from '../api/status.ts';
import type { Target } from './client.ts';

/** The path of a collection, an object or a subresource. Throws BadRequest on an empty name. */
export function pathOf(target: Target & { name?: string; subresource?: string }): string {
  const { group, version, namespace, resource, name, subresource } = target;
  if (name === '') throw apiError('BadRequest', `the name of one of ${resource} is empty`);
  const segments = group === '' ? ['api', version] : ['apis', group, version];
  if (namespace !== undefined && namespace !== '') segments.push('namespaces', namespace);
  segments.push(resource);
  if (name !== undefined) segments.push(name);
  if (subresource !== undefined) segments.push(...subresource.split('/'));
  return `/${segments.map(encodeURIComponent).join('/')}`;
}

type Parameter = string | number | boolean | undefined | readonly string[];

/** `?a=1&b=2`, or nothing; undefined and empty values are left out, lists repeat the name. */
export function queryOf(parameters: Readonly<Record<string, Parameter>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined || value === '') continue;
    if (typeof value === 'object') for (const item of value) query.append(name, item);
    else query.append(name, String(value));
  }
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}
