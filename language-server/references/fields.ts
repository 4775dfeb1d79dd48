/** Which fields of built-in kinds name other objects. */

import type { Path } from '../../runtime/api/structure-problem.ts';
import { isRecord } from '../routing/manifest-file.ts';

export interface Reference {
  /** Of the field that holds the name. */
  readonly path: Path;
  readonly kind: string;
  readonly name: string;
  /** Where the object is looked for, if the field says so; else beside the one that refers to it. */
  readonly namespace?: string;
  /** A key of a ConfigMap or Secret, and the path of the field that holds it. */
  readonly key?: { readonly name: string; readonly path: Path };
  /** A port of a Service by name or number. */
  readonly port?: { readonly value: string | number; readonly path: Path };
  readonly optional: boolean;
}

/** Where each kind that makes pods has its pod template's spec and its pods' metadata. */
const podSpecs: Readonly<Record<string, Path>> = {
  Pod: ['spec'],
  Deployment: ['spec', 'template', 'spec'],
  ReplicaSet: ['spec', 'template', 'spec'],
  ReplicationController: ['spec', 'template', 'spec'],
  StatefulSet: ['spec', 'template', 'spec'],
  DaemonSet: ['spec', 'template', 'spec'],
  Job: ['spec', 'template', 'spec'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
};

export function podSpecPath(kind: string): Path | undefined {
  return Object.hasOwn(podSpecs, kind) ? podSpecs[kind] : undefined;
}

/** Labels of the pods that the object is or makes. */
export function podLabelsOf(kind: string, value: unknown): Record<string, string> | undefined {
  const path = podSpecPath(kind);
  if (path === undefined) return undefined;
  return labelsAt(value, [...path.slice(0, -1), 'metadata', 'labels']) ?? {};
}

/** A map of texts at `path`; undefined if there is none. */
export function labelsAt(value: unknown, path: Path): Record<string, string> | undefined {
  const found = at(value, path);
  if (!isRecord(found)) return undefined;
  const entries = Object.entries(found).filter((entry): entry is [string, string] => {
    return typeof entry[1] === 'string';
  });
  return Object.fromEntries(entries);
}

export function at(value: unknown, path: Path): unknown {
  let current = value;
  for (const part of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, part)) {
      return undefined;
    }
    current = Object.getOwnPropertyDescriptor(current, part)?.value;
  }
  return current;
}

/** Everything that the object names. */
export function referencesOf(kind: string, value: unknown): Reference[] {
  const collector = new Collector(value);
  const pods = podSpecPath(kind);
  if (pods !== undefined) collector.podSpec(pods);
  if (kind === 'StatefulSet') {
    collector.name('Service', ['spec', 'serviceName']);
    collector.each(['spec', 'volumeClaimTemplates'], (path) => collector.claim([...path, 'spec']));
  }
  if (kind === 'Ingress') collector.ingress();
  if (kind === 'HorizontalPodAutoscaler') collector.target(['spec', 'scaleTargetRef']);
  if (kind.endsWith('WebhookConfiguration')) collector.webhooks();
  if (kind === 'APIService') collector.apiService();
  if (kind === 'PersistentVolume') collector.volume();
  if (/^(HTTP|GRPC|TCP|TLS)Route$/.test(kind)) collector.route();
  collector.metadata();
  if (kind === 'RoleBinding' || kind === 'ClusterRoleBinding') collector.binding();
  if (kind === 'PersistentVolumeClaim') collector.claim(['spec']);
  if (kind === 'ResourceClaim') collector.devices(['spec']);
  if (kind === 'ResourceClaimTemplate') collector.devices(['spec', 'spec']);
  if (kind === 'ServiceAccount') {
    collector.each(['imagePullSecrets'], (path) => collector.name('Secret', [...path, 'name']));
  }
  return collector.references;
}

class Collector {
  readonly references: Reference[] = [];
  readonly #value: unknown;

  constructor(value: unknown) {
    this.#value = value;
  }

  name(kind: string, path: Path, more: Partial<Reference> = {}): void {
    const name = at(this.#value, path);
    if (typeof name !== 'string' || name === '') return;
    this.references.push({ path, kind, name, optional: false, ...more });
  }

  each(path: Path, visit: (path: Path) => void): void {
    const list = at(this.#value, path);
    if (Array.isArray(list)) for (const index of list.keys()) visit([...path, index]);
  }

  podSpec(path: Path): void {
    this.name('ServiceAccount', [...path, 'serviceAccountName']);
    this.name('PriorityClass', [...path, 'priorityClassName']);
    this.name('RuntimeClass', [...path, 'runtimeClassName']);
    this.each([...path, 'imagePullSecrets'], (item) => this.name('Secret', [...item, 'name']));
    this.each([...path, 'volumes'], (volume) => this.#volume(volume));
    this.each([...path, 'resourceClaims'], (claim) => {
      this.name('ResourceClaim', [...claim, 'resourceClaimName']);
      this.name('ResourceClaimTemplate', [...claim, 'resourceClaimTemplateName']);
    });
    for (const list of ['containers', 'initContainers', 'ephemeralContainers']) {
      this.each([...path, list], (container) => this.#container(container));
    }
  }

  /** What a ResourceClaim asks for. */
  devices(spec: Path): void {
    this.each([...spec, 'devices', 'requests'], (request) => {
      this.name('DeviceClass', [...request, 'deviceClassName']);
      this.name('DeviceClass', [...request, 'exactly', 'deviceClassName']);
      this.each([...request, 'firstAvailable'], (each) => {
        this.name('DeviceClass', [...each, 'deviceClassName']);
      });
    });
  }

  #volume(volume: Path): void {
    this.#withKeys('ConfigMap', [...volume, 'configMap'], 'name');
    this.#withKeys('Secret', [...volume, 'secret'], 'secretName');
    this.name('PersistentVolumeClaim', [...volume, 'persistentVolumeClaim', 'claimName']);
    this.each([...volume, 'projected', 'sources'], (source) => {
      this.#withKeys('ConfigMap', [...source, 'configMap'], 'name');
      this.#withKeys('Secret', [...source, 'secret'], 'name');
    });
    this.claim([...volume, 'ephemeral', 'volumeClaimTemplate', 'spec']);
  }

  /** A volume's source: the name, and a key for each of `items`. */
  #withKeys(kind: string, path: Path, field: string): void {
    const optional = at(this.#value, [...path, 'optional']) === true;
    this.name(kind, [...path, field], { optional });
    this.each([...path, 'items'], (item) => {
      const key = at(this.#value, [...item, 'key']);
      if (typeof key !== 'string') return;
      this.name(kind, [...path, field], { optional, key: { name: key, path: [...item, 'key'] } });
    });
  }

  #container(container: Path): void {
    this.each([...container, 'envFrom'], (source) => {
      for (const [kind, field] of [
        ['ConfigMap', 'configMapRef'],
        ['Secret', 'secretRef'],
      ] as const) {
        const optional = at(this.#value, [...source, field, 'optional']) === true;
        this.name(kind, [...source, field, 'name'], { optional });
      }
    });
    this.each([...container, 'env'], (variable) => {
      this.#key('ConfigMap', [...variable, 'valueFrom', 'configMapKeyRef']);
      this.#key('Secret', [...variable, 'valueFrom', 'secretKeyRef']);
    });
  }

  #key(kind: string, path: Path): void {
    const optional = at(this.#value, [...path, 'optional']) === true;
    const key = at(this.#value, [...path, 'key']);
    this.name(kind, [...path, 'name'], {
      optional,
      ...(typeof key === 'string' ? { key: { name: key, path: [...path, 'key'] } } : {}),
    });
  }

  claim(spec: Path): void {
    this.name('StorageClass', [...spec, 'storageClassName']);
    this.name('VolumeAttributesClass', [...spec, 'volumeAttributesClassName']);
    this.name('PersistentVolume', [...spec, 'volumeName']);
  }

  ingress(): void {
    this.name('IngressClass', ['spec', 'ingressClassName']);
    this.each(['spec', 'tls'], (tls) => this.name('Secret', [...tls, 'secretName']));
    this.#backend(['spec', 'defaultBackend']);
    this.each(['spec', 'rules'], (rule) => {
      this.each([...rule, 'http', 'paths'], (path) => this.#backend([...path, 'backend']));
    });
  }

  #backend(path: Path): void {
    const service: Path = [...path, 'service'];
    const port =
      this.#port([...service, 'port', 'number']) ?? this.#port([...service, 'port', 'name']);
    this.name('Service', [...service, 'name'], port === undefined ? {} : { port });
  }

  #port(path: Path): Reference['port'] {
    const value = at(this.#value, path);
    return typeof value === 'number' || typeof value === 'string' ? { value, path } : undefined;
  }

  /** What any object may name: its namespace, and the objects that it belongs to. */
  metadata(): void {
    this.name('Namespace', ['metadata', 'namespace']);
    this.each(['metadata', 'ownerReferences'], (owner) => this.target(owner));
  }

  webhooks(): void {
    this.each(['webhooks'], (webhook) => this.#servedBy([...webhook, 'clientConfig', 'service']));
  }

  apiService(): void {
    this.#servedBy(['spec', 'service']);
  }

  /** A Service by its name and namespace. */
  #servedBy(service: Path): void {
    const namespace = at(this.#value, [...service, 'namespace']);
    const place = typeof namespace === 'string' ? { namespace } : {};
    this.name('Service', [...service, 'name'], place);
  }

  volume(): void {
    this.name('StorageClass', ['spec', 'storageClassName']);
    const namespace = at(this.#value, ['spec', 'claimRef', 'namespace']);
    const place = typeof namespace === 'string' ? { namespace } : {};
    this.name('PersistentVolumeClaim', ['spec', 'claimRef', 'name'], place);
  }

  /** Routes of the Gateway API; https://gateway-api.sigs.k8s.io/reference/spec/ */
  route(): void {
    this.each(['spec', 'parentRefs'], (parent) => {
      if ((at(this.#value, [...parent, 'kind']) ?? 'Gateway') !== 'Gateway') return;
      const namespace = at(this.#value, [...parent, 'namespace']);
      this.name('Gateway', [...parent, 'name'], typeof namespace === 'string' ? { namespace } : {});
    });
    this.each(['spec', 'rules'], (rule) =>
      this.each([...rule, 'backendRefs'], (backend) => {
        if ((at(this.#value, [...backend, 'kind']) ?? 'Service') !== 'Service') return;
        const namespace = at(this.#value, [...backend, 'namespace']);
        const port = this.#port([...backend, 'port']);
        this.name('Service', [...backend, 'name'], {
          ...(typeof namespace === 'string' ? { namespace } : {}),
          ...(port === undefined ? {} : { port }),
        });
      }),
    );
  }

  /** A reference that says the kind itself. */
  target(path: Path): void {
    const kind = at(this.#value, [...path, 'kind']);
    if (typeof kind === 'string') this.name(kind, [...path, 'name']);
  }

  binding(): void {
    this.target(['roleRef']);
    this.each(['subjects'], (subject) => {
      if (at(this.#value, [...subject, 'kind']) !== 'ServiceAccount') return;
      const namespace = at(this.#value, [...subject, 'namespace']);
      this.name('Namespace', [...subject, 'namespace']);
      this.name(
        'ServiceAccount',
        [...subject, 'name'],
        typeof namespace === 'string' ? { namespace } : {},
      );
    });
  }
}
