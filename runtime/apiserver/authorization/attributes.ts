import { ApiError, apiError, qualifiedResource, type Status } from '../../api/status.ts';
import type { User } from '../authentication/user.ts';

/** What a request wants to do, as an authorizer sees it. */
export type Action = ResourceAction | PathAction;

export interface ResourceAction {
  readonly type: 'resource';
  /** create, get, list, watch, update, patch, delete, deletecollection, impersonate, … */
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** Of a list or watch, as the query writes it. */
  readonly fieldSelector?: string | undefined;
}

export interface PathAction {
  readonly type: 'path';
  /** get, post, put, … */
  readonly verb: string;
  readonly path: string;
}

export interface Decision {
  readonly allowed: boolean;
  /** Why it is allowed; empty if nothing allows it. */
  readonly reason: string;
}

/** Who asked may not do this at all, whatever it is done with. */
export class Refusal extends ApiError {}

/** Texts that clients chose go into an answer that a browser might take for a page. */
function harmless(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** The refusal, in the original's words; with a reason, if an authorizer gave one. */
export function refusal(user: User, action: Action, reason = ''): Refusal {
  const because = reason === '' ? '' : `: ${reason}`;
  const refuse = (subject: string, what: string, details: Status['details']) => {
    const message = `${subject}: ${harmless(what)}${because}`;
    return new Refusal(apiError('Forbidden', message, details).status);
  };
  if (action.type === 'path') {
    const what = `User "${user.name}" cannot ${action.verb} path "${action.path}"`;
    return refuse('forbidden', what, {});
  }
  const { group, resource, subresource, name, namespace, verb } = action;
  const named = name === '' ? '' : ` "${name}"`;
  const whole = subresource === '' ? resource : `${resource}/${subresource}`;
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  return refuse(
    `${qualifiedResource(group, resource)}${named} is forbidden`,
    `User "${user.name}" cannot ${verb} resource "${whole}" in API group "${group}" ${where}`,
    { ...(name === '' ? {} : { name }), ...(group === '' ? {} : { group }), kind: resource },
  );
}
