/** Webhooks, API services. */
import type { KubeObject } from '../object.ts';
import type { admission } from '../types.ts';
import { type Rule, validateRules } from './admission-rules.ts';
import { checkLabel1035, checkPathSegment, checkSubdomain } from './names.ts';
import type { Problems } from './problems.ts';
import { checkName, indexed, labelSelector, list, oneOf, record } from './values.ts';

type Webhook = admission.ValidatingWebhook & { reinvocationPolicy?: string };

export function validateWebhooks(
  configuration: { webhooks?: Webhook[] },
  problems: Problems,
): void {
  const names = new Set<string>();
  for (const [i, webhook] of indexed(configuration.webhooks)) {
    const at = `webhooks[${i}]`;
    validateWebhookName(webhook.name, `${at}.name`, problems);
    if (names.has(webhook.name)) problems.duplicate(`${at}.name`, webhook.name);
    names.add(webhook.name);
    validateReviewVersions(
      webhook.admissionReviewVersions,
      `${at}.admissionReviewVersions`,
      'must specify one of v1, v1beta1',
      problems,
    );
    if (webhook.sideEffects === undefined) {
      problems.required(`${at}.sideEffects`, 'must specify one of None, NoneOnDryRun');
    } else oneOf(webhook.sideEffects, ['None', 'NoneOnDryRun'], `${at}.sideEffects`, problems);
    oneOf(webhook.failurePolicy, ['Fail', 'Ignore'], `${at}.failurePolicy`, problems);
    oneOf(webhook.matchPolicy, ['Equivalent', 'Exact'], `${at}.matchPolicy`, problems);
    oneOf(webhook.reinvocationPolicy, ['IfNeeded', 'Never'], `${at}.reinvocationPolicy`, problems);
    if (
      webhook.timeoutSeconds !== undefined &&
      (webhook.timeoutSeconds < 1 || webhook.timeoutSeconds > 30)
    ) {
      problems.invalid(
        `${at}.timeoutSeconds`,
        webhook.timeoutSeconds,
        'the timeout value must be between 1 and 30 seconds',
      );
    }
    labelSelector(webhook.namespaceSelector, `${at}.namespaceSelector`, problems);
    labelSelector(webhook.objectSelector, `${at}.objectSelector`, problems);
    validateClientConfig(webhook.clientConfig, `${at}.clientConfig`, problems);
    validateRules(webhook.rules as Rule[] | undefined, `${at}.rules`, problems);
  }
}

/** Versions of the question that a webhook understands: one of ours among them. */
export function validateReviewVersions(
  given: readonly string[] | undefined,
  field: string,
  whyRequired: string,
  problems: Problems,
): void {
  const versions = list(given);
  if (versions.length === 0) {
    problems.required(field, whyRequired);
    return;
  }
  for (const [i, version] of versions.entries()) {
    const at = `${field}[${i}]`;
    if (versions.indexOf(version) < i) problems.invalid(at, version, 'duplicate version');
    else checkName(version, checkLabel1035, at, problems);
  }
  if (!versions.includes('v1') && !versions.includes('v1beta1')) {
    problems.invalid(field, versions, 'must include at least one of v1, v1beta1');
  }
}

/** A name in somebody's domain: at least three segments. */
function validateWebhookName(name: unknown, field: string, problems: Problems): void {
  if (typeof name !== 'string' || name === '') {
    problems.required(field);
    return;
  }
  checkName(name, checkSubdomain, field, problems);
  if (name.split('.').length < 3) {
    problems.invalid(
      field,
      name,
      'should be a domain with at least three segments separated by dots',
    );
  }
}

/** Where a webhook is: a URL, or a service in the cluster. */
export function validateClientConfig(
  given: admission.WebhookClientConfig | undefined,
  field: string,
  problems: Problems,
): void {
  const config = record(given);
  const service = record(config?.service);
  if ((config?.url === undefined) === (service === undefined)) {
    problems.required(field, 'exactly one of url or service is required');
    return;
  }
  if (config?.url !== undefined) validateWebhookUrl(config.url, `${field}.url`, problems);
  if (service === undefined) return;
  if (!service.name) problems.required(`${field}.service.name`, 'service name is required');
  if (!service.namespace) {
    problems.required(`${field}.service.namespace`, 'service namespace is required');
  }
  const { port = 443 } = service;
  if (port < 1 || port > 65535) {
    const why = 'port is not valid: must be between 1 and 65535, inclusive';
    problems.invalid(`${field}.service.port`, port, why);
  }
  validateServicePath(service.path, `${field}.service.path`, problems);
}

const urlForm = '; desired format: https://host[/path]';

function validateWebhookUrl(text: string, field: string, problems: Problems): void {
  const invalid = (value: string, why: string) => problems.invalid(field, value, why + urlForm);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) {
    // To the original a text without a scheme is a path.
    if (/^[^:]*(?:[/?#]|$)/.test(text)) {
      invalid('', "'https' is the only allowed URL scheme");
      invalid('', 'host must be specified');
    } else problems.required(field, `url must be a valid URL: ${JSON.stringify(text)}${urlForm}`);
    return;
  }
  if (url.protocol !== 'https:') {
    invalid(url.protocol.slice(0, -1), "'https' is the only allowed URL scheme");
  }
  if (url.host === '') invalid(url.host, 'host must be specified');
  if (url.username !== '' || url.password !== '') {
    const { username, password } = url;
    invalid(
      password === '' ? username : `${username}:${password}`,
      'user information is not permitted in the URL',
    );
  }
  if (url.hash !== '') invalid(url.hash.slice(1), 'fragments are not permitted in the URL');
  if (url.search !== '') {
    invalid(url.search.slice(1), 'query parameters are not permitted in the URL');
  }
}

/** Each part of the path is like a domain. */
function validateServicePath(path: unknown, field: string, problems: Problems): void {
  if (typeof path !== 'string' || path === '' || path === '/') return;
  if (path === '//') {
    problems.invalid(field, path, 'segment[0] may not be empty');
    return;
  }
  if (!path.startsWith('/')) problems.invalid(field, path, "must start with a '/'");
  for (const [i, segment] of path.slice(1).replace(/\/$/, '').split('/').entries()) {
    if (segment === '') problems.invalid(field, path, `segment[${i}] may not be empty`);
    else {
      for (const problem of checkSubdomain(segment)) {
        problems.invalid(field, path, `segment[${i}]: ${problem}`);
      }
    }
  }
}

interface APIService extends KubeObject {
  spec?: {
    group?: string;
    version?: string;
    groupPriorityMinimum?: number;
    versionPriority?: number;
    service?: { name?: string; namespace?: string; port?: number };
    insecureSkipTLSVerify?: boolean;
    caBundle?: string;
  };
}

export function validateAPIService(service: APIService, problems: Problems): void {
  const spec = record(service.spec) ?? {};
  const wanted = `${spec.version ?? ''}.${spec.group ?? ''}`;
  const name = service.metadata?.name ?? '';
  if (name !== '' && name !== wanted && checkPathSegment(name).length === 0) {
    const why = `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(wanted)}`;
    problems.invalid('metadata.name', name, why);
  }
  if (spec.group) checkName(spec.group, checkSubdomain, 'spec.group', problems);
  else if (spec.version !== 'v1') {
    const why = 'only v1 may have an empty group and it better be legacy kube';
    problems.required('spec.group', why);
  }
  checkName(spec.version ?? '', checkLabel1035, 'spec.version', problems);
  for (const [part, most] of [
    ['groupPriorityMinimum', 20_000],
    ['versionPriority', 1000],
  ] as const) {
    const value = spec[part] ?? 0;
    if (value > 0 && value <= most) continue;
    problems.invalid(`spec.${part}`, value, `must be positive and less than ${most}`);
  }
  validateAPIServer(spec, problems);
}

/** Where the API is served, and how much it is trusted. */
function validateAPIServer(spec: NonNullable<APIService['spec']>, problems: Problems): void {
  const insecure = 'spec.insecureSkipTLSVerify';
  const server = record(spec.service);
  if (server === undefined) {
    if (spec.insecureSkipTLSVerify === true) {
      problems.invalid(insecure, true, 'local APIServices may not have insecureSkipTLSVerify');
    }
    if (spec.caBundle) {
      const what = `${Buffer.byteLength(spec.caBundle, 'base64')} bytes`;
      problems.invalid('spec.caBundle', what, 'local APIServices may not have a caBundle');
    }
    return;
  }
  if (!server.namespace) problems.required('spec.service.namespace');
  if (!server.name) problems.required('spec.service.name');
  if (server.port !== undefined && (server.port < 1 || server.port > 65535)) {
    const why = 'port is not valid: must be between 1 and 65535, inclusive';
    problems.invalid('spec.service.port', server.port, why);
  }
  if (spec.insecureSkipTLSVerify === true && spec.caBundle) {
    problems.invalid(insecure, true, 'may not be true if caBundle is present');
  }
}
