/** FlowSchema and PriorityLevelConfiguration: how requests to the server share it. */
import type { KubeObject } from '../object.ts';
import { fixedFlowSchemas, fixedPriorityLevels } from './flow-fixed.ts';
import { checkLabel, checkSubdomain } from './names.ts';
import type { Problems } from './problems.ts';
import {
  checkName,
  indexed,
  inRange,
  isRecord,
  list,
  oneOf,
  record,
  requireName,
  same,
} from './values.ts';

interface Subject {
  kind?: string;
  user?: { name?: string };
  group?: { name?: string };
  serviceAccount?: { name?: string; namespace?: string };
}

interface Rule {
  subjects?: Subject[];
  resourceRules?: Record<string, unknown>[];
  nonResourceRules?: Record<string, unknown>[];
}

interface FlowSchema extends KubeObject {
  spec?: {
    matchingPrecedence?: number;
    priorityLevelConfiguration?: { name?: string };
    distinguisherMethod?: { type?: string };
    rules?: Rule[];
  };
}

export function validateFlowSchema({ metadata, spec }: FlowSchema, problems: Problems): void {
  const given = record(spec) ?? {};
  validatePrecedence(given.matchingPrecedence ?? 0, metadata.name, problems);
  const distinguisher = record(given.distinguisherMethod);
  if (distinguisher !== undefined) {
    oneOf(
      distinguisher.type ?? '',
      ['ByNamespace', 'ByUser'],
      'spec.distinguisherMethod.type',
      problems,
    );
  }
  const level = record(given.priorityLevelConfiguration);
  const at = 'spec.priorityLevelConfiguration.name';
  if (!level?.name) problems.required(at, 'must reference a priority level');
  else requireName(level.name, checkSubdomain, at, problems);
  for (const [i, rule] of indexed(given.rules)) validateRule(rule, `spec.rules[${i}]`, problems);
  const fixed = fixedOf(fixedFlowSchemas, metadata.name);
  if (fixed !== undefined && !same(given, fixed)) {
    problems.invalid('spec', spec, `spec of '${metadata.name}' must equal the fixed value`);
  }
}

function fixedOf<T>(specs: Readonly<Record<string, T>>, name = ''): T | undefined {
  return Object.hasOwn(specs, name) ? specs[name] : undefined;
}

const mostPrecedence = 10_000;

function validatePrecedence(value: number, name: string | undefined, problems: Problems): void {
  const at = 'spec.matchingPrecedence';
  if (value <= 0) problems.invalid(at, value, 'must be a positive value');
  if (value > mostPrecedence) {
    problems.invalid(at, value, `must not be greater than ${mostPrecedence}`);
  }
  if (value === 1 && name !== 'exempt') {
    problems.invalid(at, value, "only the schema named 'exempt' may have matchingPrecedence 1");
  }
}

function validateRule(rule: Rule, field: string, problems: Problems): void {
  if (list(rule.subjects).length === 0) {
    problems.required(`${field}.subjects`, 'subjects must contain at least one value');
  }
  for (const [i, subject] of indexed(rule.subjects)) {
    validateSubject(subject, `${field}.subjects[${i}]`, problems);
  }
  if (list(rule.resourceRules).length === 0 && list(rule.nonResourceRules).length === 0) {
    problems.required(
      field,
      'at least one of resourceRules and nonResourceRules has to be non-empty',
    );
  }
  for (const part of ['resourceRules', 'nonResourceRules'] as const) {
    for (const [i, requests] of indexed(rule[part])) {
      const at = `${field}.${part}[${i}]`;
      for (const [name, words] of wordsOf[part]) validateWords(requests, name, words, at, problems);
      validatePlaces(requests, at, problems);
      const verbs = list(requests.verbs as string[] | undefined);
      if (!verbs.includes('*') && !verbs.every((verb) => knownVerbs.includes(verb))) {
        problems.notSupported(`${at}.verbs`, verbs, knownVerbs);
      }
      const isSomewhere =
        requests.clusterScope === true || list(requests.namespaces as string[]).length > 0;
      if (part === 'resourceRules' && !isSomewhere) {
        const why = 'resource rules that are not cluster scoped must supply at least one namespace';
        problems.required(`${at}.namespaces`, why);
      }
    }
  }
}

/** How the original says that a list is empty, and what else there is beside the one for all. */
interface Words {
  readonly none: string;
  readonly others: string;
}

const verbWords: Words = { none: 'verbs must contain at least one value', others: 'verbs' };

const wordsOf = {
  resourceRules: [
    ['verbs', verbWords],
    [
      'apiGroups',
      { none: 'resource rules must supply at least one api group', others: 'api groups' },
    ],
    [
      'resources',
      { none: 'resource rules must supply at least one resource', others: 'resources' },
    ],
  ],
  nonResourceRules: [
    ['verbs', verbWords],
    [
      'nonResourceURLs',
      { none: 'nonResourceURLs must contain at least one value', others: 'non-resource URLs' },
    ],
  ],
} as const satisfies Record<string, readonly (readonly [string, Words])[]>;

/** Namespaces, and paths of the server, each of a form. */
function validatePlaces(
  requests: Record<string, unknown>,
  field: string,
  problems: Problems,
): void {
  const namespaces = list(requests.namespaces as string[] | undefined);
  if (namespaces.length > 1 && namespaces.includes('*')) {
    const why = "if '*' is present, must not specify other namespaces";
    problems.invalid(`${field}.namespaces`, namespaces, why);
  }
  for (const [i, name] of namespaces.entries()) {
    if (namespaces.includes('*')) break;
    for (const problem of checkLabel(name)) {
      const why = `each member of this list must be '*' or a DNS-1123 label; ${problem}`;
      problems.invalid(`${field}.namespaces[${i}]`, name, why);
    }
  }
  for (const [i, path] of list(requests.nonResourceURLs as string[] | undefined).entries()) {
    const at = `${field}.nonResourceURLs[${i}]`;
    if (path === '') problems.invalid(at, path, 'must not be empty');
    else if (path !== '*' && !path.startsWith('/')) {
      problems.invalid(at, path, 'must start with slash');
    } else if (path.includes(' ')) problems.invalid(at, path, 'must not contain white-space');
    else if (path.includes('//')) problems.invalid(at, path, 'must not contain double slash');
  }
}

const knownVerbs = [
  ...['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'proxy', 'update', 'watch'],
];

/** Something must be said, and `*` stands alone. */
function validateWords(
  requests: Record<string, unknown>,
  name: string,
  { none, others }: Words,
  at: string,
  problems: Problems,
): void {
  const given = list(requests[name] as string[]);
  const field = `${at}.${name}`;
  if (given.length === 0) problems.required(field, none);
  else if (given.length > 1 && given.includes('*')) {
    problems.invalid(field, given, `if '*' is present, must not specify other ${others}`);
  }
}

function validateSubject(subject: Subject, field: string, problems: Problems): void {
  const { kind } = subject;
  oneOf(kind ?? '', ['Group', 'ServiceAccount', 'User'], `${field}.kind`, problems);
  for (const [of, name] of [
    ['ServiceAccount', 'serviceAccount'],
    ['User', 'user'],
    ['Group', 'group'],
  ] as const) {
    const named = record(subject[name] as { name?: string; namespace?: string } | undefined);
    if (kind !== of) {
      if (named !== undefined) {
        problems.forbidden(
          `${field}.${name}`,
          `${name} is forbidden when subject kind is not '${of}'`,
        );
      }
      continue;
    }
    if (named === undefined) {
      problems.required(`${field}.${name}`, `${name} is required when subject kind is '${of}'`);
      continue;
    }
    if (!named.name) problems.required(`${field}.${name}.name`);
    if (of === 'ServiceAccount' && !named.namespace) {
      problems.required(`${field}.${name}.namespace`, 'must specify namespace for service account');
    }
    if (of !== 'ServiceAccount') continue;
    if (named.name && named.name !== '*')
      checkName(named.name, checkSubdomain, `${field}.${name}.name`, problems);
    if (named.namespace) {
      checkName(named.namespace, checkLabel, `${field}.${name}.namespace`, problems);
    }
  }
}

interface Queuing {
  queues?: number;
  queueLengthLimit?: number;
  handSize?: number;
}

interface PriorityLevel extends KubeObject {
  spec?: {
    type?: string;
    exempt?: object;
    limited?: {
      nominalConcurrencyShares?: number;
      lendablePercent?: number;
      limitResponse?: { type?: string; queuing?: Queuing };
    };
  };
}

export function validatePriorityLevel(
  { metadata: { name }, spec }: PriorityLevel,
  problems: Problems,
): void {
  const given = record(spec) ?? {};
  if ((name === 'exempt') !== (given.type === 'Exempt')) {
    const why = "type must be 'Exempt' if and only if name is 'exempt'";
    problems.invalid('spec.type', given.type ?? '', why);
  }
  validateLimited(given, problems);
  const fixed = fixedOf<NonNullable<PriorityLevel['spec']>>(fixedPriorityLevels, name);
  if (fixed === undefined) return;
  const isExempt = name === 'exempt';
  if (same(isExempt ? { ...given, exempt: fixed.exempt } : given, fixed)) return;
  const what = isExempt ? `'exempt' except the 'spec.exempt' field` : `'${name}'`;
  problems.invalid('spec', spec, `spec of ${what} must equal the fixed value`);
}

function validateLimited(given: NonNullable<PriorityLevel['spec']>, problems: Problems): void {
  oneOf(given.type ?? '', ['Exempt', 'Limited'], 'spec.type', problems);
  const limited = record(given.limited);
  if (given.type === 'Limited' && limited === undefined) {
    problems.required('spec.limited', 'must not be empty when type is Limited');
  }
  if (given.type === 'Exempt' && limited !== undefined) {
    problems.forbidden('spec.limited', 'must be nil if the type is not Limited');
  }
  if (given.type === 'Limited' && record(given.exempt) !== undefined) {
    problems.forbidden('spec.exempt', 'must be nil if the type is Limited');
  }
  if (limited === undefined) return;
  const at = 'spec.limited';
  if ((limited.nominalConcurrencyShares ?? 0) < 0) {
    problems.invalid(
      `${at}.nominalConcurrencyShares`,
      limited.nominalConcurrencyShares,
      'must be a non-negative integer',
    );
  }
  inRange(limited.lendablePercent, 0, 100, `${at}.lendablePercent`, problems);
  const response = record(limited.limitResponse);
  oneOf(response?.type ?? '', ['Queue', 'Reject'], `${at}.limitResponse.type`, problems);
  const queuing = response?.queuing;
  if (response?.type === 'Reject' && isRecord(queuing)) {
    problems.forbidden(
      `${at}.limitResponse.queuing`,
      'must be nil if limited.limitResponse.type is not Limited',
    );
  }
  if (!isRecord(queuing)) {
    if (response?.type !== 'Queue') return;
    const why = 'must not be empty if limited.limitResponse.type is Limited';
    problems.required(`${at}.limitResponse.queuing`, why);
    return;
  }
  validateQueuing(queuing as Queuing, `${at}.limitResponse.queuing`, problems);
}

const mostQueues = 10_000_000;
/** Of a request's hash, which chooses its queues. */
const hashBits = 60;

function validateQueuing(
  { queues = 0, queueLengthLimit = 0, handSize = 0 }: Queuing,
  field: string,
  problems: Problems,
): void {
  for (const [name, value] of Object.entries({ queueLengthLimit, queues, handSize })) {
    if (value <= 0) problems.invalid(`${field}.${name}`, value, 'must be positive');
  }
  if (queues > mostQueues) {
    problems.invalid(`${field}.queues`, queues, `must not be greater than ${mostQueues}`);
  }
  if (handSize <= 0) return;
  const at = `${field}.handSize`;
  if (handSize > queues) {
    problems.invalid(at, handSize, `should not be greater than queues (${queues})`);
  } else if (Math.ceil(Math.log2(queues) * handSize) > hashBits) {
    const why = `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${hashBits}`;
    problems.invalid(at, handSize, why);
  }
}
