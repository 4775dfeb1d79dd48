/** Which requests webhooks and admission policies are about. */
import type { Problems } from './problems.ts';
import { indexed, list, oneOf } from './values.ts';

const operations = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];

export interface Rule {
  operations?: string[];
  apiGroups?: string[];
  apiVersions?: string[];
  resources?: string[];
  resourceNames?: string[];
  scope?: string;
}

/** Which requests webhooks and policies are about. */
export function validateRules(rules: Rule[] | undefined, field: string, problems: Problems): void {
  for (const [i, rule] of indexed(rules)) {
    const at = `${field}[${i}]`;
    for (const [name, what] of [
      ['operations', 'operations'],
      ['apiGroups', 'API groups'],
      ['apiVersions', 'API versions'],
    ] as const) {
      const values = list(rule[name]);
      if (values.length === 0) problems.required(`${at}.${name}`);
      if (values.length > 1 && values.includes('*')) {
        const why = `if '*' is present, must not specify other ${what}`;
        problems.invalid(`${at}.${name}`, values, why);
      }
    }
    for (const [j, operation] of list(rule.operations).entries()) {
      oneOf(operation, operations, `${at}.operations[${j}]`, problems);
    }
    for (const [j, version] of list(rule.apiVersions).entries()) {
      if (version === '') problems.required(`${at}.apiVersions[${j}]`);
    }
    validateResources(list(rule.resources), `${at}.resources`, problems);
    oneOf(rule.scope, ['*', 'Cluster', 'Namespaced'], `${at}.scope`, problems);
  }
}

/** Resources and subresources, in which stars must say nothing twice. */
function validateResources(resources: readonly string[], field: string, problems: Problems): void {
  if (resources.length === 0) problems.required(field);
  const allOf = new Set<string>();
  const ofAll = new Set<string>();
  for (const [i, resource] of resources.entries()) {
    if (resource === '') problems.required(`${field}[${i}]`);
    if (typeof resource !== 'string' || !resource.includes('/')) continue;
    const slash = resource.indexOf('/');
    const [whole, part] = [resource.slice(0, slash), resource.slice(slash + 1)];
    const covering = [
      ...(allOf.has(whole) ? [`${whole}/*`] : []),
      ...(ofAll.has(part) ? [`*/${part}`] : []),
    ];
    for (const star of covering) {
      const why = `if '${star}' is present, must not specify ${resource}`;
      problems.invalid(`${field}[${i}]`, resource, why);
    }
    if (part === '*') allOf.add(whole);
    if (whole === '*') ofAll.add(part);
  }
  if (resources.length > 1 && resources.includes('*/*')) {
    problems.invalid(field, resources, "if '*/*' is present, must not specify other resources");
  }
  // As the original has it: of those without subresources the last one counts.
  const last = resources.findLast((resource) => resource !== '' && !resource.includes?.('/'));
  if (resources.includes('*') && last !== '*') {
    const why = "if '*' is present, must not specify other resources without subresources";
    problems.invalid(field, resources, why);
  }
}
