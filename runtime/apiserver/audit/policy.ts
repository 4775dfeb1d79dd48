/**
 * Which requests are written down, and how much of them: the first rule that matches decides.
 * https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/#audit-policy
 */
import { parse } from 'yaml';
import type { User } from '../authentication/user.ts';
import type { RequestInfo, ResourceRequest } from '../http/request-info.ts';

export const levels = ['None', 'Metadata', 'Request', 'RequestResponse'] as const;
export type Level = (typeof levels)[number];

export const stages = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'] as const;
export type Stage = (typeof stages)[number];

interface GroupResources {
  readonly group?: string;
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
}

export interface Rule {
  readonly level: Level;
  readonly users?: readonly string[];
  readonly userGroups?: readonly string[];
  readonly verbs?: readonly string[];
  readonly resources?: readonly GroupResources[];
  readonly namespaces?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly omitStages?: readonly Stage[];
  readonly omitManagedFields?: boolean;
}

export interface Policy {
  readonly rules: readonly Rule[];
  readonly omitStages?: readonly Stage[];
  readonly omitManagedFields?: boolean;
}

/** What is to be written of one request. */
export interface Verdict {
  readonly level: Level;
  readonly omitStages: ReadonlySet<Stage>;
  readonly omitManagedFields: boolean;
}

const silence: Verdict = { level: 'None', omitStages: new Set(), omitManagedFields: false };

/** The user is undefined if nobody could be authenticated. */
export function judge(policy: Policy, user: User | undefined, info: RequestInfo): Verdict {
  for (const rule of policy.rules) {
    if (!matches(rule, user, info)) continue;
    return {
      level: rule.level,
      omitStages: new Set([...(policy.omitStages ?? []), ...(rule.omitStages ?? [])]),
      omitManagedFields: rule.omitManagedFields ?? policy.omitManagedFields ?? false,
    };
  }
  return silence;
}

function matches(rule: Rule, user: User | undefined, info: RequestInfo): boolean {
  const { users = [], userGroups = [], verbs = [] } = rule;
  if (users.length > 0 && !users.includes(user?.name ?? '')) return false;
  const groups = user?.groups ?? [];
  if (userGroups.length > 0 && !userGroups.some((name) => groups.includes(name))) return false;
  if (verbs.length > 0 && !verbs.includes(info.verb)) return false;
  if (rule.namespaces?.length || rule.resources?.length) {
    return info.type === 'resource' && matchesResource(rule, info);
  }
  if (!rule.nonResourceURLs?.length) return true;
  return info.type === 'path' && rule.nonResourceURLs.some((url) => matchesPath(url, info.path));
}

function matchesResource(rule: Rule, info: ResourceRequest): boolean {
  const { namespaces = [], resources = [] } = rule;
  if (namespaces.length > 0 && !namespaces.includes(info.namespace)) return false;
  if (resources.length === 0) return true;
  const { resource, subresource } = info;
  const whole = subresource === '' ? resource : `${resource}/${subresource}`;
  return resources.some(({ group = '', resources: names = [], resourceNames = [] }) => {
    if (group !== info.group) return false;
    if (names.length === 0) return true;
    if (resourceNames.length > 0 && !resourceNames.includes(info.name)) return false;
    return names.some(
      (name) =>
        name === '*' ||
        name === whole ||
        (subresource !== '' && name === `*/${subresource}`) ||
        name === `${resource}/*`,
    );
  });
}

function matchesPath(pattern: string, path: string): boolean {
  if (pattern === '*' || pattern === path) return true;
  return pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1));
}

/** Reads a policy file. Throws an Error that names every mistake. */
export function parsePolicy(text: string): Policy {
  let document: unknown;
  try {
    document = parse(text, { logLevel: 'error' });
  } catch (error) {
    throw new Error(`the audit policy is no YAML: ${(error as Error).message.split('\n')[0]}`);
  }
  const problems = problemsOf(document);
  if (problems.length > 0) throw new Error(`the audit policy is invalid: ${problems.join('; ')}`);
  return document as Policy;
}

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function problemsOf(document: unknown): string[] {
  if (!isFields(document)) return ['it must be an object'];
  const problems: string[] = [];
  if (document.apiVersion !== 'audit.k8s.io/v1' || document.kind !== 'Policy') {
    problems.push('expected apiVersion audit.k8s.io/v1 and kind Policy');
  }
  const known = ['apiVersion', 'kind', 'metadata', 'rules', 'omitStages', 'omitManagedFields'];
  problems.push(...unknownFields(document, '', known), ...commonProblems(document, ''));
  const { rules } = document;
  if (!Array.isArray(rules) || rules.length === 0) problems.push('rules: at least one is needed');
  else for (const [i, rule] of rules.entries()) problems.push(...ruleProblems(rule, `rules[${i}]`));
  return problems;
}

const lists = ['users', 'userGroups', 'verbs', 'namespaces', 'nonResourceURLs'];

function ruleProblems(rule: unknown, at: string): string[] {
  if (!isFields(rule)) return [`${at}: must be an object`];
  const problems = unknownFields(rule, `${at}.`, [
    ...lists,
    ...['level', 'resources', 'omitStages', 'omitManagedFields'],
  ]);
  problems.push(...commonProblems(rule, `${at}.`));
  if (!levels.includes(rule.level as Level)) {
    const given = JSON.stringify(rule.level ?? '');
    problems.push(`${at}.level: Unsupported value: ${given}: supported values: ${quoted(levels)}`);
  }
  for (const name of lists) {
    if (rule[name] !== undefined && !isTexts(rule[name])) {
      problems.push(`${at}.${name}: must be a list of strings`);
    }
  }
  const { resources, nonResourceURLs: urls, namespaces } = rule;
  if (resources !== undefined) problems.push(...resourceProblems(resources, `${at}.resources`));
  if (isTexts(urls) && urls.length > 0) {
    if ((resources as unknown[] | undefined)?.length || (namespaces as unknown[])?.length) {
      problems.push(`${at}: rules cannot apply to both regular resources and non-resource URLs`);
    }
    for (const url of urls) {
      if (url !== '*' && !/^\/[^*]*\*?$/.test(url)) {
        problems.push(`${at}.nonResourceURLs: "${url}" must begin with "/"; "*" may end it`);
      }
    }
  }
  return problems;
}

function resourceProblems(resources: unknown, at: string): string[] {
  if (!Array.isArray(resources)) return [`${at}: must be a list`];
  return resources.flatMap((entry: unknown, i) => {
    const here = `${at}[${i}]`;
    if (!isFields(entry)) return [`${here}: must be an object`];
    const problems = unknownFields(entry, `${here}.`, ['group', 'resources', 'resourceNames']);
    if (entry.group !== undefined && typeof entry.group !== 'string') {
      problems.push(`${here}.group: must be a string`);
    } else if (/\/|^(v\d+)$/.test(String(entry.group ?? ''))) {
      problems.push(`${here}.group: "${entry.group}" is no API group; leave the version out`);
    }
    for (const name of ['resources', 'resourceNames']) {
      if (entry[name] !== undefined && !isTexts(entry[name])) {
        problems.push(`${here}.${name}: must be a list of strings`);
      }
    }
    if (isTexts(entry.resourceNames) && entry.resourceNames.length > 0 && !entry.resources) {
      problems.push(`${here}.resourceNames: using resource names requires at least one resource`);
    }
    return problems;
  });
}

/** What policies and rules have in common. */
function commonProblems(fields: Fields, at: string): string[] {
  const { omitStages, omitManagedFields } = fields;
  const problems: string[] = [];
  if (omitManagedFields !== undefined && typeof omitManagedFields !== 'boolean') {
    problems.push(`${at}omitManagedFields: must be true or false`);
  }
  if (omitStages === undefined) return problems;
  if (!isTexts(omitStages)) return [...problems, `${at}omitStages: must be a list of strings`];
  for (const stage of omitStages) {
    if (!stages.includes(stage as Stage)) {
      problems.push(
        `${at}omitStages: Unsupported value: "${stage}": supported values: ${quoted(stages)}`,
      );
    }
  }
  return problems;
}

function unknownFields(fields: Fields, at: string, known: readonly string[]): string[] {
  return Object.keys(fields)
    .filter((name) => !known.includes(name))
    .map((name) => `${at}${name}: unknown field`);
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function quoted(values: readonly string[]): string {
  return values.map((value) => `"${value}"`).join(', ');
}
