/** Rules of roles that allow nothing, since there is no such group, resource or verb. */
import { type Kind, kinds } from '../../runtime/api/kinds.ts';
import { at } from '../references/fields.ts';
import { listAt } from './cross-selectors.ts';
import { closeWord, type Finding } from './finding.ts';

const groups = new Set(kinds.map(({ group }) => group));
/** Groups that definitions cannot have, for want of a dot; `extensions` is in roles of old. */
const plainGroups = [...groups, 'extensions'].filter((group) => !group.includes('.'));
const verbs = [
  ...['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'],
  ...['use', 'bind', 'escalate', 'impersonate', 'approve', 'sign', 'proxy', 'post', 'put', 'head'],
];
/** What is asked for without being served. */
const unserved = new Set(['users', 'groups', 'uids', 'signers', 'userextras']);

export function permissionFindings(value: unknown): Finding[] {
  return listAt(value, ['rules']).flatMap((rule, index): Finding[] => [
    ...texts(rule, 'apiGroups').flatMap((group, i) => groupFinding(group, index, i)),
    ...resourceFindings(rule, index),
    ...texts(rule, 'verbs').flatMap((verb, i) => verbFinding(verb, index, i)),
  ]);
}

function texts(rule: unknown, name: string): string[] {
  const list = at(rule, [name]);
  return Array.isArray(list) ? list.map(String) : [];
}

function groupFinding(group: string, rule: number, index: number): Finding[] {
  const path = ['rules', rule, 'apiGroups', index];
  if (group === '*' || groups.has(group) || plainGroups.includes(group)) return [];
  if (group === 'v1' || group === 'core' || group === 'core/v1') {
    return [
      { path, message: `No API group is called "${group}"; the core group is ""`, meant: '' },
    ];
  }
  const [name = '', version] = group.split('/');
  if (version !== undefined) {
    const message = `Groups are named without their version: "${name}"`;
    return [{ path, message, meant: name }];
  }
  const official = group.endsWith('.k8s.io') && !group.endsWith('.x-k8s.io');
  if (group.includes('.') && !official) return [];
  const meant = closeWord(group, group.includes('.') ? groups : plainGroups.filter(Boolean));
  if (meant === undefined && official) return [];
  const help = meant === undefined ? '' : `; did you mean "${meant}"?`;
  const message = `No API group is called "${group}"${help}`;
  return [{ path, message, ...(meant === undefined ? {} : { meant }) }];
}

function resourceFindings(rule: unknown, index: number): Finding[] {
  const given = texts(rule, 'apiGroups');
  if (given.length === 0 || !given.every((group) => groups.has(group))) return [];
  const served = kinds.filter(({ group }) => given.includes(group));
  const resources = texts(rule, 'resources');
  const isServed = (name: string) =>
    name === '*' || name.includes('/') || served.some(({ resource }) => resource === name);
  // Where some of the rule is of use, the rest is often there for the sake of other versions.
  const severity = resources.some(isServed) ? 'information' : 'warning';
  return resources.flatMap((name, i): Finding[] => {
    if (isServed(name) || unserved.has(name)) return [];
    const path = ['rules', index, 'resources', i];
    const meant = meantResource(name, served);
    if (meant !== undefined) {
      return [
        { path, message: `No resource is called "${name}"; did you mean "${meant}"?`, meant },
      ];
    }
    const elsewhere = kinds.find(({ resource }) => resource === name)?.group;
    if (elsewhere === undefined) return [];
    const message = `"${name}" is in the API group "${elsewhere}", which this rule does not name`;
    return [{ path, message, severity }];
  });
}

/** The plural of what is named otherwise, or misspelled. */
function meantResource(name: string, served: readonly Kind[]): string | undefined {
  const lower = name.toLowerCase();
  const named = served.find(
    ({ resource, singular, shortNames }) =>
      resource === lower || singular === lower || shortNames.includes(lower),
  );
  if (named !== undefined) return named.resource;
  if (kinds.some(({ resource }) => resource === name)) return undefined;
  return closeWord(
    name,
    served.map(({ resource }) => resource),
  );
}

function verbFinding(verb: string, rule: number, index: number): Finding[] {
  if (verb === '*' || verbs.includes(verb)) return [];
  const meant = closeWord(verb, verbs, 1);
  if (meant === undefined) return [];
  const message = `No verb is called "${verb}"; did you mean "${meant}"?`;
  return [{ path: ['rules', rule, 'verbs', index], message, meant }];
}
