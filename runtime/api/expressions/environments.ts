/** Which variables expressions of webhooks, policies and claims of devices may use, and what is known of them. */
import { CelEnvironment } from '../cel/environment.ts';
import { schemaType } from '../cel/types.ts';
import type { Schema } from '../schema.ts';

const authorizer = 'kubernetes.authorization.Authorizer';
const request = { object: 'dyn', oldObject: 'dyn', request: 'dyn' };

/** What only some expressions of policies may use. */
export interface PolicyNames {
  /** The policy has a kind of parameters. */
  readonly params: boolean;
  /** There are variables that the policy itself defines. */
  readonly variables: boolean;
  readonly authorizer: boolean;
}

const made = new Map<string, CelEnvironment>();

function once(name: string, variables: () => Record<string, string>): CelEnvironment {
  let environment = made.get(name);
  if (environment === undefined) {
    environment = new CelEnvironment(variables());
    made.set(name, environment);
  }
  return environment;
}

/** Where match conditions of webhooks are compiled. */
export function webhookEnvironment(): CelEnvironment {
  return once('webhook', () => ({ ...request, authorizer }));
}

/** Where expressions of policies are compiled. */
export function policyEnvironment(names: PolicyNames): CelEnvironment {
  return once(`policy ${names.params} ${names.variables} ${names.authorizer}`, () => ({
    ...request,
    namespaceObject: 'dyn',
    ...(names.params ? { params: 'dyn' } : {}),
    ...(names.variables ? { variables: 'dyn' } : {}),
    ...(names.authorizer ? { authorizer } : {}),
  }));
}

/** Where selectors of devices are compiled. */
export function deviceEnvironment(): CelEnvironment {
  return once('device', () => ({ device: 'dyn' }));
}

const text: Schema = { type: 'string' };
const truth: Schema = { type: 'boolean' };
const moment: Schema = { type: 'string', format: 'date-time' };
const whole: Schema = { type: 'integer' };
const texts: Schema = { type: 'array', items: text };

/** A value of any shape. */
const anything: Schema = { 'x-kubernetes-preserve-unknown-fields': true };

function object(properties: Record<string, Schema>): Schema {
  return { type: 'object', properties };
}

function mapOf(values: Schema): Schema {
  return { type: 'object', additionalProperties: values };
}

const kind = object({ group: text, version: text, kind: text });
const resource = object({ group: text, version: text, resource: text });

/** The variable `request`. */
export const requestType = schemaType(
  object({
    ...{ kind, resource, subResource: text },
    ...{ requestKind: kind, requestResource: resource, requestSubResource: text },
    ...{ name: text, namespace: text, operation: text, dryRun: truth, options: anything },
    userInfo: object({ username: text, uid: text, groups: texts, extra: mapOf(texts) }),
  }),
);

/** The variable `namespaceObject`, of which expressions do not see all. */
export const namespaceType = schemaType(
  object({
    metadata: object({
      ...{ name: text, generateName: text, namespace: text, UID: text, resourceVersion: text },
      ...{ labels: mapOf(text), annotations: mapOf(text), finalizers: texts },
      ...{ creationTimestamp: moment, deletionTimestamp: moment },
      ...{ generation: whole, deletionGracePeriodSeconds: whole },
    }),
    spec: object({ finalizers: texts }),
    status: object({
      phase: text,
      conditions: {
        type: 'array',
        items: object({
          ...{ type: text, status: text, reason: text, message: text },
          lastTransitionTime: moment,
        }),
      },
    }),
  }),
);

/** The variable `device`: attributes and capacities by the domain of their names. */
export const deviceType = schemaType(
  object({
    driver: text,
    attributes: mapOf(mapOf(anything)),
    capacity: mapOf(mapOf(anything)),
    allowMultipleAllocations: truth,
  }),
);
