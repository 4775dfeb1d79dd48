/**
 * `authorizer.group('apps').resource('deployments').namespace('default').check('create').allowed()`
 * https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-authorizer-library
 */
import type { Environment } from '@marcbachmann/cel-js';
import { spend } from './cost.ts';

export interface ResourceQuestion {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

export interface AuthorizerAnswer {
  readonly allowed: boolean;
  readonly reason: string;
}

/** Answers what one user may do. */
export interface AuthorizerSource {
  resource(question: ResourceQuestion): AuthorizerAnswer;
  path(path: string, verb: string): AuthorizerAnswer;
  /** The same for a service account. */
  serviceAccount(namespace: string, name: string): AuthorizerSource;
}

class ResourceCheck {
  readonly source: AuthorizerSource;
  readonly question: Omit<ResourceQuestion, 'verb'>;

  constructor(source: AuthorizerSource, question: Omit<ResourceQuestion, 'verb'>) {
    this.source = source;
    this.question = question;
  }

  with(part: Partial<ResourceQuestion>): ResourceCheck {
    return new ResourceCheck(this.source, { ...this.question, ...part });
  }
}

/** The value of `authorizer`; `requestResource` is the resource of the request itself. */
export class Authorizer {
  readonly source: AuthorizerSource;
  readonly requestResource: ResourceCheck | undefined;

  constructor(source: AuthorizerSource, request?: Omit<ResourceQuestion, 'verb'>) {
    this.source = source;
    this.requestResource = request && new ResourceCheck(source, request);
  }
}

class GroupCheck {
  readonly source: AuthorizerSource;
  readonly group: string;

  constructor(source: AuthorizerSource, group: string) {
    this.source = source;
    this.group = group;
  }
}

class PathCheck {
  readonly source: AuthorizerSource;
  readonly path: string;

  constructor(source: AuthorizerSource, path: string) {
    this.source = source;
    this.path = path;
  }
}

class Decision {
  readonly answer: AuthorizerAnswer;

  constructor(answer: AuthorizerAnswer) {
    this.answer = answer;
  }
}

/** What the original reckons for a question to the authorizer. */
const checkCost = 350_000;
const prefix = 'kubernetes.authorization';

export function registerAuthorizer(environment: Environment): void {
  const resource = `${prefix}.ResourceCheck`;
  const decided = (ask: () => AuthorizerAnswer) => {
    spend(checkCost);
    return new Decision(ask());
  };
  environment
    .registerType(`${prefix}.Decision`, Decision)
    .registerType(resource, ResourceCheck)
    .registerType(`${prefix}.GroupCheck`, GroupCheck)
    .registerType(`${prefix}.PathCheck`, PathCheck)
    .registerType(`${prefix}.Authorizer`, Authorizer)
    .registerFunction(
      `${prefix}.Authorizer.path(string): ${prefix}.PathCheck`,
      ({ source }: Authorizer, path: string) => new PathCheck(source, path),
    )
    .registerFunction(
      `${prefix}.PathCheck.check(string): ${prefix}.Decision`,
      ({ source, path }: PathCheck, verb: string) => decided(() => source.path(path, verb)),
    )
    .registerFunction(
      `${prefix}.Authorizer.group(string): ${prefix}.GroupCheck`,
      ({ source }: Authorizer, group: string) => new GroupCheck(source, group),
    )
    .registerFunction(
      `${prefix}.Authorizer.serviceAccount(string, string): ${prefix}.Authorizer`,
      ({ source }: Authorizer, namespace: string, name: string) =>
        new Authorizer(source.serviceAccount(namespace, name)),
    )
    .registerFunction(
      `${prefix}.GroupCheck.resource(string): ${resource}`,
      ({ source, group }: GroupCheck, name: string) =>
        new ResourceCheck(source, {
          group,
          resource: name,
          subresource: '',
          namespace: '',
          name: '',
        }),
    )
    .registerFunction(
      `${resource}.check(string): ${prefix}.Decision`,
      ({ source, question }: ResourceCheck, verb: string) =>
        decided(() => source.resource({ ...question, verb })),
    )
    .registerFunction(
      `${prefix}.Decision.allowed(): bool`,
      ({ answer }: Decision) => answer.allowed,
    )
    .registerFunction(
      `${prefix}.Decision.reason(): string`,
      ({ answer }: Decision) => answer.reason,
    )
    .registerFunction(`${prefix}.Decision.errored(): bool`, () => false)
    .registerFunction(`${prefix}.Decision.error(): string`, () => '');
  for (const part of ['subresource', 'namespace', 'name'] as const) {
    environment.registerFunction(
      `${resource}.${part}(string): ${resource}`,
      (check: ResourceCheck, value: string) => check.with({ [part]: value }),
    );
  }
  // Rights do not depend on selectors here, as in an RBAC authorizer.
  for (const part of ['fieldSelector', 'labelSelector']) {
    environment.registerFunction(
      `${resource}.${part}(string): ${resource}`,
      (check: ResourceCheck) => check,
    );
  }
}
