/** The facts of a request as AdmissionReview and expressions have them, without the objects. */
import type { Attributes } from '../admission.ts';
import { kindShown, type Shown } from './shown.ts';

const optionKinds = {
  CREATE: 'CreateOptions',
  UPDATE: 'UpdateOptions',
  DELETE: 'DeleteOptions',
  CONNECT: undefined,
} as const;

export function requestFacts(attributes: Attributes, shown: Shown): Record<string, unknown> {
  const { operation, served, subresource, place, call } = attributes;
  const { group, version, resource } = shown.target.kind;
  const { name, uid, groups, extra } = call.user;
  const optionsKind = optionKinds[operation];
  return {
    kind: shown.kind,
    resource: { group, version, resource },
    ...(subresource === '' ? {} : { subResource: subresource }),
    requestKind: kindShown(attributes, served),
    requestResource: {
      group: served.kind.group,
      version: served.kind.version,
      resource: served.kind.resource,
    },
    ...(subresource === '' ? {} : { requestSubResource: subresource }),
    ...(place.name === '' ? {} : { name: place.name }),
    ...(place.namespace === '' ? {} : { namespace: place.namespace }),
    operation,
    userInfo: {
      username: name,
      ...(uid === undefined ? {} : { uid }),
      groups: [...groups],
      ...(extra === undefined ? {} : { extra }),
    },
    dryRun: call.dryRun,
    options:
      optionsKind === undefined
        ? null
        : {
            kind: optionsKind,
            apiVersion: 'meta.k8s.io/v1',
            ...(call.dryRun ? { dryRun: ['All'] } : {}),
            ...(operation === 'DELETE' || call.fieldManager === ''
              ? {}
              : { fieldManager: call.fieldManager }),
          },
  };
}
