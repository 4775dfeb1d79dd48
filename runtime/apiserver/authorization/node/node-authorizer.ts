/**
 * What nodes may do: write themselves and what runs on them, and read only themselves, the pods that
 * are bound to them, and what those name. Everything else that kubelets need is in a list of rules.
 * https://kubernetes.io/docs/reference/access-authn-authz/node/
 *
 *   node-1 ── pods bound to it ──┬── secrets, config maps, service accounts
 *                                └── claims ── volumes ── their secrets
 */

import {
  type References,
  referencesOf,
  secretsOfPersistentVolume,
} from '../../../api/pod-references.ts';
import { type FieldRequirement, parseFieldSelector, SelectorError } from '../../../api/selector.ts';
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../../../api/types.ts';
import type { User } from '../../authentication/user.ts';
import { rule } from '../../bootstrap/rules.ts';
import type { Cache, CacheEvent, ResourceCache } from '../../registry/cache.ts';
import type { Action, Decision, ResourceAction } from '../attributes.ts';
import { covers, type Rule } from '../rbac.ts';

/** A node makes static pods itself, and could have them name whatever it likes. */
const mirrorAnnotation = 'kubernetes.io/config.mirror';
const nothing: References = {
  secrets: new Set(),
  configMaps: new Set(),
  claims: new Set(),
  serviceAccount: '',
};

const userPrefix = 'system:node:';
export const nodesGroup = 'system:nodes';
export const leaseNamespace = 'kube-node-lease';

/** The node that the user is; empty: a node without a name; undefined: no node. */
export function nodeNameOf(user: User): string | undefined {
  if (!user.groups.includes(nodesGroup)) return undefined;
  return user.name.startsWith(userPrefix) ? user.name.slice(userPrefix.length) : '';
}

const read = ['get', 'list', 'watch'];

/** What every node may do, whatever runs on it; NodeRestriction looks at the objects themselves. */
const nodeRules: readonly Rule[] = [
  rule(['create'], ['authentication.k8s.io'], ['tokenreviews']),
  rule(['create'], ['authorization.k8s.io'], ['subjectaccessreviews', 'localsubjectaccessreviews']),
  rule(read, [''], ['services']),
  rule(['create'], [''], ['nodes']),
  rule(['patch', 'update'], [''], ['nodes', 'nodes/status']),
  rule(['create', 'patch', 'update'], [''], ['events']),
  rule(['create', 'patch', 'update'], ['events.k8s.io'], ['events']),
  rule(['create', 'delete'], [''], ['pods']),
  rule(['patch', 'update'], [''], ['pods/status']),
  rule(['create'], [''], ['pods/eviction']),
  rule(['get'], [''], ['endpoints']),
  rule(['create', ...read], ['certificates.k8s.io'], ['certificatesigningrequests']),
  rule(read, ['node.k8s.io'], ['runtimeclasses']),
  rule(read, ['storage.k8s.io'], ['csidrivers']),
];

export class NodeAuthorizer {
  readonly #pods: ResourceCache;
  readonly #claims: ResourceCache;
  readonly #volumes: ResourceCache;
  readonly #attachments: ResourceCache;
  /** Keys of pods by node; made when the first node asks, kept up to date from then on. */
  #podsOf: Map<string, Set<string>> | undefined;
  /** A pod changes what it names only by becoming another revision, which is another object. */
  readonly #references = new WeakMap<object, References>();

  constructor(cache: Cache) {
    this.#pods = cache.resource('core/pods');
    this.#claims = cache.resource('core/persistentvolumeclaims');
    this.#volumes = cache.resource('core/persistentvolumes');
    this.#attachments = cache.resource('storage.k8s.io/volumeattachments');
  }

  /** A refusal is no verdict: roles may still allow it. Its reason says what was missing. */
  authorize(node: string, user: User, action: Action): Decision {
    if (node === '') return refuse(`unknown node for user "${user.name}"`);
    if (action.type === 'resource') {
      const decision = this.#subdivided(node, action);
      if (decision !== undefined) return decision;
    }
    return nodeRules.some((allowed) => covers(allowed, action)) ? allow : refuse('');
  }

  #subdivided(node: string, action: ResourceAction): Decision | undefined {
    switch (`${action.group}/${action.resource}`) {
      case '/secrets':
        return this.#readNamed(node, action, (key) => this.#needsSecret(node, key));
      case '/configmaps':
        return this.#readNamed(node, action, (key) =>
          this.#some(node, (pod, named) => named.configMaps.has(within(pod, key))),
        );
      case '/persistentvolumeclaims':
        return this.#claim(node, action);
      case '/persistentvolumes':
        return this.#getOne(node, action, () => this.#needsVolume(node, action.name));
      case 'storage.k8s.io/volumeattachments':
        return this.#getOne(node, action, () => this.#isAttachedTo(node, action.name));
      case '/serviceaccounts':
        return this.#token(node, action);
      case '/pods':
        return this.#pod(node, action);
      case '/nodes':
        return ownNode(node, action);
      case 'coordination.k8s.io/leases':
        return lease(node, action);
      case 'storage.k8s.io/csinodes':
        return csiNode(node, action);
      default:
        return undefined;
    }
  }

  #readNamed(node: string, action: ResourceAction, needs: (key: string) => boolean): Decision {
    if (!read.includes(action.verb)) return refuse('can only read resources of this type');
    if (action.subresource !== '') return refuse('cannot read subresource');
    if (action.namespace === '') return refuse('can only read namespaced object of this type');
    return related(node, action, () => needs(`${action.namespace}/${action.name}`));
  }

  #getOne(node: string, action: ResourceAction, needs: () => boolean): Decision {
    if (action.verb !== 'get') return refuse('can only get individual resources of this type');
    if (action.subresource !== '') return refuse('cannot get subresource');
    return related(node, action, needs);
  }

  #claim(node: string, action: ResourceAction): Decision {
    const needs = () => this.#needsClaim(node, `${action.namespace}/${action.name}`);
    if (action.subresource !== 'status') return this.#getOne(node, action, needs);
    if (action.verb !== 'update' && action.verb !== 'patch') {
      return refuse('can only get/update/patch this type');
    }
    return related(node, action, needs);
  }

  #token(node: string, action: ResourceAction): Decision {
    if (action.verb !== 'create' || action.name === '') {
      return refuse('can only create tokens for individual service accounts');
    }
    if (action.subresource !== 'token') {
      return refuse('can only create token subresource of service account');
    }
    const key = `${action.namespace}/${action.name}`;
    return related(node, action, () =>
      this.#some(node, (pod, named) => named.serviceAccount === within(pod, key)),
    );
  }

  /** Undefined for what nodeRules decide. */
  #pod(node: string, action: ResourceAction): Decision | undefined {
    if (action.verb === 'get') {
      const key = `${this.#pods.prefix}${action.namespace}/${action.name}`;
      return this.#getOne(node, action, () => this.#podKeys(node).has(key));
    }
    if (!read.includes(action.verb)) return undefined;
    const asked = fieldsOf(action);
    if (asked.some(({ field, value }) => field === 'spec.nodeName' && value === node)) return allow;
    return refuse('can only list/watch pods with spec.nodeName field selector');
  }

  #needsSecret(node: string, key: string): boolean {
    return this.#some(node, (pod, named) => {
      if (named.secrets.has(within(pod, key))) return true;
      return [...named.claims].some((claim) => {
        const volume = this.#volumeOf(`${pod.metadata.namespace}/${claim}`);
        return volume !== undefined && secretsOfPersistentVolume(volume.spec).includes(key);
      });
    });
  }

  #needsClaim(node: string, key: string): boolean {
    return this.#some(node, (pod, named) => named.claims.has(within(pod, key)));
  }

  #needsVolume(node: string, name: string): boolean {
    return this.#some(node, (pod, named) =>
      [...named.claims].some(
        (claim) => this.#volumeOf(`${pod.metadata.namespace}/${claim}`)?.metadata.name === name,
      ),
    );
  }

  #isAttachedTo(node: string, name: string): boolean {
    const object = this.#attachments.get(`${this.#attachments.prefix}${name}`)?.object;
    return (object as { spec?: { nodeName?: string } } | undefined)?.spec?.nodeName === node;
  }

  #volumeOf(claimKey: string): PersistentVolume | undefined {
    const claim = this.#claims.get(`${this.#claims.prefix}${claimKey}`)?.object;
    const name = (claim as unknown as PersistentVolumeClaim | undefined)?.spec?.volumeName;
    if (!name) return undefined;
    const volume = this.#volumes.get(`${this.#volumes.prefix}${name}`)?.object;
    return volume as unknown as PersistentVolume | undefined;
  }

  /** Is there a pod on the node for which it holds? */
  #some(node: string, test: (pod: Pod, named: References) => boolean): boolean {
    for (const key of this.#podKeys(node)) {
      const object = this.#pods.get(key)?.object;
      if (object === undefined) continue;
      const pod = object as unknown as Pod;
      let named = this.#references.get(object);
      if (named === undefined) {
        named =
          pod.metadata.annotations?.[mirrorAnnotation] === undefined ? referencesOf(pod) : nothing;
        this.#references.set(object, named);
      }
      if (test(pod, named)) return true;
    }
    return false;
  }

  #podKeys(node: string): ReadonlySet<string> {
    this.#podsOf ??= this.#index();
    return this.#podsOf.get(node) ?? none;
  }

  #index(): Map<string, Set<string>> {
    const index = new Map<string, Set<string>>();
    const nodeOf = (item: CacheEvent['item']) =>
      (item?.object as unknown as Pod | undefined)?.spec.nodeName ?? '';
    const add = (node: string, key: string) => {
      const keys = index.get(node);
      if (keys === undefined) index.set(node, new Set([key]));
      else keys.add(key);
    };
    for (const key of this.#pods.keys(this.#pods.prefix)) {
      const node = nodeOf(this.#pods.get(key));
      if (node !== '') add(node, key);
    }
    this.#pods.watch((events) => {
      for (const { key, item, previous } of events) {
        const [now, before] = [nodeOf(item), nodeOf(previous)];
        if (now === before) continue;
        if (before !== '') index.get(before)?.delete(key);
        if (now !== '') add(now, key);
      }
    });
    return index;
  }
}

const none: ReadonlySet<string> = new Set();

const allow: Decision = { allowed: true, reason: '' };

function refuse(reason: string): Decision {
  return { allowed: false, reason };
}

function related(node: string, action: ResourceAction, needs: () => boolean): Decision {
  if (action.name === '') return refuse('No Object name found');
  if (needs()) return allow;
  return refuse(`no relationship found between node '${node}' and this object`);
}

/** The name in `namespace/name` if the pod is in that namespace, else what no object is called. */
function within(pod: Pod, key: string): string {
  const namespace = `${pod.metadata.namespace}/`;
  return key.startsWith(namespace) ? key.slice(namespace.length) : '';
}

/** What the selector demands to be equal; nothing of one that cannot be read. */
function fieldsOf({ fieldSelector = '' }: ResourceAction): FieldRequirement[] {
  try {
    return parseFieldSelector(fieldSelector).filter(({ operator }) => operator === '=');
  } catch (error) {
    if (error instanceof SelectorError) return [];
    throw error;
  }
}

/** Undefined for what nodeRules decide: writes, which NodeRestriction looks at. */
function ownNode(node: string, { verb, name, subresource }: ResourceAction): Decision | undefined {
  if (!read.includes(verb) || subresource !== '') return undefined;
  if (name === node) return allow;
  return refuse(
    name === ''
      ? `node '${node}' cannot read all nodes, only its own Node object`
      : `node '${node}' cannot read '${name}', only its own Node object`,
  );
}

const ownVerbs = ['get', 'create', 'update', 'patch', 'delete'];

function lease(node: string, { verb, namespace, name }: ResourceAction): Decision {
  if (!ownVerbs.includes(verb)) {
    return refuse('can only get, create, update, patch, or delete a node lease');
  }
  if (namespace !== leaseNamespace) {
    return refuse(`can only access leases in the "${leaseNamespace}" system namespace`);
  }
  // A creation names it in the body alone; NodeRestriction looks there.
  if (verb !== 'create' && name !== node) {
    return refuse('can only access node lease with the same name as the requesting node');
  }
  return allow;
}

function csiNode(node: string, { verb, name, subresource }: ResourceAction): Decision {
  if (!ownVerbs.includes(verb)) {
    return refuse('can only get, create, update, patch, or delete a CSINode');
  }
  if (subresource !== '') return refuse('cannot authorize CSINode subresources');
  if (verb !== 'create' && name !== node) {
    return refuse('can only access CSINode with the same name as the requesting node');
  }
  return allow;
}
