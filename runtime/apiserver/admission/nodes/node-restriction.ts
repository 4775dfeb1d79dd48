/**
 * NodeRestriction: what the node authorizer cannot see, because it stands in the object. A node writes
 * itself and the pods that are bound to it, and asks for tokens of those; it cannot lure pods by its
 * labels, nor free itself of taints.
 * https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#noderestriction
 */
import type { PersistentVolumeClaim } from '../../../api/types.ts';
import { leaseNamespace, nodeNameOf } from '../../authorization/node/node-authorizer.ts';
import { sameJson } from '../../registry/json.ts';
import type { AdmissionPlugin, Attributes } from '../admission.ts';
import type { Authorizes } from '../dynamic/variables.ts';
import { restrictNode } from './node-object.ts';
import { restrictPod } from './pods.ts';
import { refuse } from './refuse.ts';
import { restrictRequest } from './requests.ts';
import { restrictToken } from './tokens.ts';

/** The plug-in; `authorizer` is asked for audiences that no pod names. */
export function nodeRestriction(authorizer: Authorizes): AdmissionPlugin {
  return {
    name: 'NodeRestriction',
    mutate(attributes, registry) {
      const { user } = attributes.call;
      const node = nodeNameOf(user);
      if (node === undefined) return;
      if (node === '')
        throw refuse(attributes, `could not determine node from user "${user.name}"`);
      const { group, resource } = attributes.served.kind;
      switch (`${group}/${resource}`) {
        case '/pods':
          return restrictPod(node, attributes, registry);
        case '/nodes':
          return restrictNode(node, attributes);
        case '/persistentvolumeclaims':
          return restrictClaim(node, attributes);
        case '/serviceaccounts':
          return restrictToken(node, attributes, registry, authorizer);
        case 'coordination.k8s.io/leases':
          return restrictLease(node, attributes);
        case 'storage.k8s.io/csinodes':
          return restrictToOwn(node, attributes, 'CSINode');
        case 'certificates.k8s.io/certificatesigningrequests':
          return restrictRequest(node, attributes);
      }
    },
  };
}

function restrictClaim(node: string, attributes: Attributes): void {
  const { operation, subresource, object, previous } = attributes;
  if (subresource !== 'status') throw refuse(attributes, 'may only update PVC status');
  if (operation !== 'UPDATE') throw refuse(attributes, `unexpected operation "${operation}"`);
  const rest = (claim: PersistentVolumeClaim) => {
    const { managedFields: _, ...metadata } = claim.metadata;
    const { capacity: __, conditions: ___, ...status } = claim.status ?? {};
    return { ...claim, metadata, status };
  };
  const [next, before] = [object, previous] as unknown as PersistentVolumeClaim[];
  if (next !== undefined && before !== undefined && sameJson(rest(next), rest(before))) return;
  const why = `node "${node}" is not allowed to update fields other than status.capacity and status.conditions`;
  throw refuse(attributes, why);
}

function restrictLease(node: string, attributes: Attributes): void {
  if (attributes.place.namespace !== leaseNamespace) {
    throw refuse(attributes, `can only access leases in the "${leaseNamespace}" system namespace`);
  }
  restrictToOwn(node, attributes, 'node lease');
}

function restrictToOwn(node: string, attributes: Attributes, what: string): void {
  const { operation, place, object } = attributes;
  // A creation names it in the body alone.
  const name = operation === 'CREATE' ? object?.metadata.name : place.name;
  if (name === node) return;
  throw refuse(attributes, `can only access ${what} with the same name as the requesting node`);
}
