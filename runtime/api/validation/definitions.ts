/** Custom resource definitions. Their schemas are judged by the server, which knows expressions. */
import type { KubeObject } from '../object.ts';
import type { admission } from '../types.ts';
import { validateClientConfig, validateReviewVersions } from './extensions.ts';
import { checkLabel1035, checkSubdomain } from './names.ts';
import type { Problems } from './problems.ts';
import { checkName, immutable, indexed, isRecord, list, oneOf, record } from './values.ts';

interface Conversion {
  strategy?: string;
  webhook?: {
    conversionReviewVersions?: string[];
    clientConfig?: admission.WebhookClientConfig;
  };
}

interface CustomResourceDefinition extends KubeObject {
  spec?: {
    group?: string;
    scope?: string;
    names?: {
      plural?: string;
      singular?: string;
      kind?: string;
      listKind?: string;
      shortNames?: string[];
      categories?: string[];
    };
    versions?: {
      name?: string;
      served?: boolean;
      storage?: boolean;
      deprecated?: boolean;
      deprecationWarning?: string;
      schema?: { openAPIV3Schema?: { type?: string } };
    }[];
    conversion?: Conversion;
  };
  status?: { storedVersions?: string[] };
}

export function validateCustomResourceDefinition(
  definition: CustomResourceDefinition,
  problems: Problems,
): void {
  const spec = record(definition.spec) ?? {};
  const names = record(spec.names) ?? {};
  if (!spec.group) problems.required('spec.group');
  else {
    checkName(spec.group, checkSubdomain, 'spec.group', problems);
    if (!spec.group.includes('.')) {
      problems.invalid('spec.group', spec.group, 'should be a domain with at least one dot');
    }
  }
  const wanted = `${names.plural ?? ''}.${spec.group ?? ''}`;
  if (definition.metadata?.name && definition.metadata.name !== wanted) {
    problems.invalid(
      'metadata.name',
      definition.metadata.name,
      'must be spec.names.plural+"."+spec.group',
    );
  }
  if (!spec.scope) problems.required('spec.scope');
  else oneOf(spec.scope, ['Cluster', 'Namespaced'], 'spec.scope', problems);
  for (const name of ['plural', 'kind'] as const) {
    if (!names[name]) problems.required(`spec.names.${name}`);
  }
  for (const name of ['kind', 'listKind'] as const) {
    const value = names[name];
    if (value) checkName(value.toLowerCase(), checkLabel1035, `spec.names.${name}`, problems);
  }
  for (const name of ['plural', 'singular'] as const) {
    const value = names[name];
    if (value) checkName(value, checkLabel1035, `spec.names.${name}`, problems);
  }
  for (const name of ['shortNames', 'categories'] as const) {
    for (const [i, value] of list(names[name]).entries()) {
      checkName(value, checkLabel1035, `spec.names.${name}[${i}]`, problems);
    }
  }
  if (names.listKind && names.listKind === names.kind) {
    problems.invalid(
      'spec.names.listKind',
      names.listKind,
      'kind and listKind may not be the same',
    );
  }
  validateVersions(definition, problems);
}

function validateVersions({ spec }: CustomResourceDefinition, problems: Problems): void {
  const versions = list(spec?.versions);
  if (versions.length === 0) {
    problems.invalid('spec.versions', versions, 'must have at least one version');
    problems.required('spec.versions', 'must have exactly one version marked as storage version');
    return;
  }
  const seen = new Set<string>();
  for (const [i, version] of indexed(spec?.versions)) {
    const at = `spec.versions[${i}]`;
    checkName(version.name ?? '', checkLabel1035, `${at}.name`, problems);
    if (version.name !== undefined && seen.has(version.name)) {
      problems.invalid(`${at}.name`, version.name, 'must be unique');
    }
    seen.add(version.name ?? '');
    validateDeprecation(version, `${at}.deprecationWarning`, problems);
    const schema = record(version.schema)?.openAPIV3Schema;
    if (!isRecord(schema)) {
      problems.required(`${at}.schema.openAPIV3Schema`, 'schemas are required');
    } else checkRootType(schema, `${at}.schema.openAPIV3Schema.type`, problems);
  }
  if (versions.filter(({ storage }) => storage === true).length !== 1) {
    problems.invalid(
      'spec.versions',
      versions.map(({ name, storage }) => ({ name, storage })),
      'must have exactly one version marked as storage version',
    );
  }
  validateConversion(spec?.conversion, problems);
}

/** Characters of a warning about a version. */
const maxWarning = 256;

function checkRootType(schema: Record<string, unknown>, field: string, problems: Problems): void {
  const { type, 'x-kubernetes-preserve-unknown-fields': open } = schema;
  if (!type) {
    if (open !== true) problems.required(field, 'must not be empty at the root');
  } else if (type !== 'object') problems.invalid(field, type, 'must be object at the root');
}

function validateDeprecation(
  {
    deprecated,
    deprecationWarning: warning,
  }: { deprecated?: boolean; deprecationWarning?: string },
  field: string,
  problems: Problems,
): void {
  if (typeof warning !== 'string') return;
  if (deprecated !== true) {
    problems.invalid(field, warning, 'can only be set for deprecated versions');
  }
  if (warning === '') problems.invalid(field, warning, 'must not be an empty string');
  if (warning.length > maxWarning) {
    problems.invalid(field, warning, `must be <= ${maxWarning} characters long`);
  }
}

/** In the fields of the original's internal version, as its messages are. */
function validateConversion(given: Conversion | undefined, problems: Problems): void {
  const conversion = record(given);
  if (conversion === undefined) return;
  const at = 'spec.conversion';
  if (!conversion.strategy) problems.required(`${at}.strategy`);
  else oneOf(conversion.strategy, ['None', 'Webhook'], `${at}.strategy`, problems);
  const { clientConfig, conversionReviewVersions } = record(conversion.webhook) ?? {};
  const versions = list(conversionReviewVersions);
  if (conversion.strategy !== 'Webhook') {
    const why = 'should not be set when strategy is not set to Webhook';
    if (clientConfig !== undefined) problems.forbidden(`${at}.webhookClientConfig`, why);
    if (versions.length > 0) problems.forbidden(`${at}.conversionReviewVersions`, why);
    return;
  }
  if (clientConfig !== undefined) {
    validateClientConfig(clientConfig, `${at}.webhookClientConfig`, problems);
  } else {
    problems.required(`${at}.webhookClientConfig`, 'required when strategy is set to Webhook');
  }
  validateReviewVersions(versions, `${at}.conversionReviewVersions`, '', problems);
}

export function validateCustomResourceDefinitionUpdate(
  next: CustomResourceDefinition,
  previous: CustomResourceDefinition,
  problems: Problems,
): void {
  immutable(next.spec?.group, previous.spec?.group, 'spec.group', problems);
  const names = ['plural', 'kind'] as const;
  immutable(next.spec?.scope, previous.spec?.scope, 'spec.scope', problems);
  for (const name of names) {
    immutable(
      next.spec?.names?.[name],
      previous.spec?.names?.[name],
      `spec.names.${name}`,
      problems,
    );
  }
  const served = new Set(list(next.spec?.versions).map(({ name }) => name));
  for (const [i, version] of list(previous.status?.storedVersions).entries()) {
    if (!served.has(version)) {
      problems.invalid(
        `status.storedVersions[${i}]`,
        version,
        `missing from spec.versions; ${version} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${version} and removes ${version} from status.storedVersions`,
      );
    }
  }
}
