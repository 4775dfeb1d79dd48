/**
 * Which number is which field, message by message. The tables write a message as one line:
 *
 *   Probe: '... 1 ProbeHandler, periodSeconds 4 int-, terminationGracePeriodSeconds 7 int?'
 *
 *   `...`       the message's members stand among the parent's own in JSON
 *   `core.X`    a message of another package; without a package: of the same
 *   `X[]` `{X}` a list, a map with strings as keys
 *   `-`         left out of JSON if empty: what is sent as zero means "not set"
 *   `?`         may be absent: zero, if sent, is meant
 *
 * Types that are neither scalars nor messages of the tables: `quantity`, `intstr`, `time`,
 * `microtime`, `duration`, `items` (a list in a message of its own), `raw` and `fields` (JSON in
 * bytes), and the three unions of JSON schema, `schemaOrBool`, `schemaOrList`, `schemaOrStrings`.
 */
import { admissionregistration } from './fields/admissionregistration.ts';
import { apiextensions } from './fields/apiextensions.ts';
import { apiregistration } from './fields/apiregistration.ts';
import { apps } from './fields/apps.ts';
import { authentication } from './fields/authentication.ts';
import { authorization } from './fields/authorization.ts';
import { autoscaling1 } from './fields/autoscaling1.ts';
import { autoscaling2 } from './fields/autoscaling2.ts';
import { batch } from './fields/batch.ts';
import { certificates } from './fields/certificates.ts';
import { coordination } from './fields/coordination.ts';
import { core } from './fields/core.ts';
import { discovery } from './fields/discovery.ts';
import { events } from './fields/events.ts';
import { flowcontrol } from './fields/flowcontrol.ts';
import { meta } from './fields/meta.ts';
import { metrics } from './fields/metrics.ts';
import { networking } from './fields/networking.ts';
import { node } from './fields/node.ts';
import { policy } from './fields/policy.ts';
import { rbac } from './fields/rbac.ts';
import { resource } from './fields/resource.ts';
import { scheduling } from './fields/scheduling.ts';
import { storage } from './fields/storage.ts';

export interface FieldSpec {
  readonly name: string;
  readonly inline: boolean;
  /** string, int, bool, bytes, double, quantity, …, or a message as `core.PodSpec`. */
  readonly type: string;
  readonly shape: 'one' | 'list' | 'map';
  readonly whenEmpty: 'keep' | 'drop' | 'meant';
}

export type MessageSpec = ReadonlyMap<number, FieldSpec>;

const packages: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  admissionregistration,
  apiextensions,
  apiregistration,
  apps,
  authentication,
  authorization,
  autoscaling1,
  autoscaling2,
  batch,
  certificates,
  coordination,
  core,
  discovery,
  events,
  flowcontrol,
  meta,
  metrics,
  networking,
  node,
  policy,
  rbac,
  resource,
  scheduling,
  storage,
};

/** The message of a JSON schema, which three types of field hold among other things. */
export const schemaMessage = 'apiextensions.JSONSchemaProps';

const parsed = new Map<string, MessageSpec | undefined>();

/** The fields of `core.PodSpec`, or undefined for a name that is no message. */
export function messageSpec(name: string): MessageSpec | undefined {
  if (!parsed.has(name)) {
    const [home = '', message = ''] = name.split('.');
    const line = packages[home]?.[message];
    parsed.set(name, line === undefined ? undefined : parseLine(home, line));
  }
  return parsed.get(name);
}

/**
 * The message of a kind: `core.Pod` for v1 Pod. What every group has (Status, DeleteOptions, …) is
 * in meta. Empty for a kind without one.
 */
export function messageOf(apiVersion: string, kind: string): string {
  const [group = '', version = ''] = apiVersion.includes('/')
    ? apiVersion.split('/')
    : ['core', apiVersion];
  const home = !group.includes('.') || group.endsWith('.k8s.io') ? (group.split('.')[0] ?? '') : '';
  const own = home === 'autoscaling' ? `${home}${version.slice(1)}` : home;
  if (isLevel(home, version) && packages[own]?.[kind] !== undefined) return `${own}.${kind}`;
  return meta[kind] === undefined ? '' : `meta.${kind}`;
}

function isLevel(home: string, version: string): boolean {
  if (home === 'metrics') return version === 'v1beta1';
  return version === 'v1' || home === 'autoscaling';
}

function parseLine(home: string, line: string): MessageSpec {
  const fields = new Map<number, FieldSpec>();
  if (line === '') return fields;
  for (const part of line.split(', ')) {
    const match = /^(\S+) (\d+) (\{)?([\w.]+)(\[\])?\}?([-?])?$/.exec(part);
    if (match === null) throw new Error(`the field table of ${home} is wrong at: ${part}`);
    const [, name = '', number, map, type = '', list, mark] = match;
    const known = type.includes('.') || packages[home]?.[type] === undefined;
    fields.set(Number(number), {
      name,
      inline: name === '...',
      type: known ? type : `${home}.${type}`,
      shape: map !== undefined ? 'map' : list !== undefined ? 'list' : 'one',
      whenEmpty: mark === '?' ? 'meant' : mark === '-' ? 'drop' : 'keep',
    });
  }
  return fields;
}
