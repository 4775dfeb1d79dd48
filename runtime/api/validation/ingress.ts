/** Ingress and IngressClass. */
import type { Ingress, IngressClass, networking } from '../types.ts';
import {
  checkAddress,
  checkLabel,
  checkPathSegment,
  checkPortName,
  checkSubdomain,
} from './names.ts';
import type { Problems } from './problems.ts';
import {
  checkName,
  immutable,
  indexed,
  isRecord,
  list,
  oneOf,
  portNumber,
  record,
  requireName,
} from './values.ts';

/** How the class was named before there was a field for it. */
const classAnnotation = 'kubernetes.io/ingress.class';

export function validateIngress({ spec, metadata }: Ingress, problems: Problems): void {
  const given = record(spec);
  if (list(given?.rules).length === 0 && !isRecord(given?.defaultBackend)) {
    problems.invalid(
      'spec',
      list(given?.rules),
      'either `defaultBackend` or `rules` must be specified',
    );
  }
  if (isRecord(given?.defaultBackend)) {
    validateBackend(
      given.defaultBackend as networking.IngressBackend,
      'spec.defaultBackend',
      problems,
    );
  }
  checkName(given?.ingressClassName, checkSubdomain, 'spec.ingressClassName', problems);
  const annotated = metadata?.annotations?.[classAnnotation];
  const differs = typeof annotated === 'string' && annotated !== given?.ingressClassName;
  if (differs && typeof given?.ingressClassName === 'string') {
    problems.invalid(
      `metadata.annotations[${classAnnotation}]`,
      annotated,
      'must match `ingressClassName` when both are specified',
    );
  }
  for (const [i, tls] of indexed(given?.tls)) {
    if (tls.secretName) {
      checkName(tls.secretName, checkSubdomain, `spec.tls[${i}].secretName`, problems);
    }
    for (const [j, host] of list(tls.hosts).entries()) {
      validateHost(host, `spec.tls[${i}].hosts[${j}]`, problems);
    }
  }
  for (const [i, rule] of indexed(given?.rules)) {
    const at = `spec.rules[${i}]`;
    if (rule.host) {
      if (checkAddress(rule.host).length === 0) {
        problems.invalid(`${at}.host`, rule.host, 'must be a DNS name, not an IP address');
      }
      validateHost(rule.host, `${at}.host`, problems);
    }
    if (!isRecord(rule.http)) continue;
    if (list(rule.http?.paths as unknown[]).length === 0) problems.required(`${at}.http.paths`);
    for (const [j, path] of indexed((rule.http as networking.HTTPIngressRuleValue).paths)) {
      validatePath(path, `${at}.http.paths[${j}]`, problems);
    }
  }
}

function validateHost(host: string, field: string, problems: Problems): void {
  checkName(host.replace(/^\*\./, ''), checkSubdomain, field, problems);
}

const illegalInPath = ['//', '/./', '/../', '%2f', '%2F'];

function validatePath(path: networking.HTTPIngressPath, field: string, problems: Problems): void {
  if (path.pathType === undefined) {
    problems.required(`${field}.pathType`, 'pathType must be specified');
    return;
  }
  oneOf(
    path.pathType,
    ['Exact', 'ImplementationSpecific', 'Prefix'],
    `${field}.pathType`,
    problems,
  );
  const text = path.path ?? '';
  if (path.pathType === 'Exact' || path.pathType === 'Prefix') {
    if (!text.startsWith('/')) problems.invalid(`${field}.path`, text, 'must be an absolute path');
    for (const illegal of illegalInPath) {
      if (text.includes(illegal)) {
        problems.invalid(`${field}.path`, text, `must not contain '${illegal}'`);
      }
    }
  } else if (text !== '' && !text.startsWith('/')) {
    problems.invalid(`${field}.path`, text, 'must be an absolute path');
  }
  validateBackend(record(path.backend) ?? {}, `${field}.backend`, problems);
}

function validateBackend(
  backend: networking.IngressBackend,
  field: string,
  problems: Problems,
): void {
  const service = record(backend.service);
  const resource = isRecord(backend.resource);
  if (resource) validateReference(backend.resource, `${field}.resource`, problems);
  if (service !== undefined && resource) {
    problems.invalid(field, '', 'cannot set both resource and service backends');
  } else if (service === undefined && !resource) {
    problems.invalid(field, '', 'resource or service backend is required');
  } else if (service !== undefined) {
    requireName(service.name, checkLabel, `${field}.service.name`, problems);
    const { name, number } = record(service.port) ?? {};
    if (name && number) {
      problems.invalid(field, '', 'cannot set both port name & port number');
    } else if (name) checkName(name, checkPortName, `${field}.service.port.name`, problems);
    else if (number) portNumber(number, `${field}.service.port.number`, problems);
    else problems.required(field, 'port name or number is required');
  }
}

/** An object in the same namespace, or one that is named with its namespace. */
function validateReference(
  reference: { kind?: string; name?: string; apiGroup?: string } | undefined,
  field: string,
  problems: Problems,
): void {
  checkName(reference?.apiGroup, checkSubdomain, `${field}.apiGroup`, problems);
  for (const name of ['kind', 'name'] as const) {
    if (!reference?.[name]) problems.required(`${field}.${name}`, `${name} is required`);
    else checkName(reference[name], checkPathSegment, `${field}.${name}`, problems);
  }
}

const maxController = 250;
const pathForm = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";
const wholePath = new RegExp(`^${pathForm}$`);

/** A path in somebody's domain. */
function validateController(text: string, field: string, problems: Problems): void {
  if (text.length > maxController) problems.tooLong(field, maxController);
  if (text === '') {
    problems.required(field);
    return;
  }
  const [domain = '', ...rest] = text.split('/');
  const path = rest.join('/');
  if (domain === '' || path === '') {
    problems.invalid(field, text, 'must be a domain-prefixed path (such as "acme.io/foo")');
    return;
  }
  checkName(domain, checkSubdomain, field, problems);
  if (!wholePath.test(path)) {
    problems.invalid(field, path, `Invalid path (regex used for validation is '${pathForm}')`);
  }
}

export function validateIngressClass({ spec }: IngressClass, problems: Problems): void {
  const controller = record(spec)?.controller;
  validateController(controller ?? '', 'spec.controller', problems);
  const parameters = record(record(spec)?.parameters);
  if (parameters === undefined) return;
  const at = 'spec.parameters';
  validateReference(parameters, at, problems);
  oneOf(parameters.scope ?? '', ['Cluster', 'Namespace'], `${at}.scope`, problems);
  if (parameters.scope === 'Namespace' && !parameters.namespace) {
    problems.required(`${at}.namespace`, '`parameters.scope` is set to "Namespace"');
  } else if (parameters.scope === 'Cluster' && parameters.namespace) {
    problems.forbidden(`${at}.namespace`, '`parameters.scope` is set to "Cluster"');
  }
}

export function validateIngressClassUpdate(
  next: IngressClass,
  previous: IngressClass,
  problems: Problems,
): void {
  immutable(next.spec?.controller, previous.spec?.controller, 'spec.controller', problems);
}
