/**
 * Names within objects: keys of a ConfigMap, volumes of a pod, ports of containers and Services.
 * Where each is given, and where it is used, in this object and in others.
 */
import { labelSelectorOfMap } from '../../runtime/api/selector.ts';
import type { Path } from '../../runtime/api/structure-problem.ts';
import { at, labelsAt, podSpecPath } from '../references/fields.ts';
import type { IndexedObject, Place } from '../references/indexed-object.ts';
import type { Workspace } from '../references/workspace.ts';
import { nameOf, namespaceOf, type Resource } from '../routing/manifest-file.ts';
import { containerPorts, listAt } from '../rules/cross-selectors.ts';
import { servicesSelecting } from '../rules/packs/subject.ts';
import { referenceIn } from './found-reference.ts';

export interface InnerName {
  readonly definitions: readonly Place[];
  readonly references: readonly Place[];
  /** A number is no name. */
  readonly isName: boolean;
}

/** The name at `path`; undefined where there is none, or where the object is not in the workspace. */
export function innerNameAt(
  resource: Resource,
  path: Path,
  uri: string,
  workspace: Workspace,
): InnerName | undefined {
  const { kind = '' } = resource;
  const own = workspace
    .find(kind, nameOf(resource) ?? '', namespaceOf(resource))
    .find((object) => object.uri === uri);
  if (own === undefined) return undefined;
  const found = referenceIn(resource, path);
  if (found?.on === 'key') {
    const { kind: owner, name, key, namespace } = found.reference;
    const where = namespace ?? own.namespace;
    return keyName(workspace.find(owner, name, where), key?.name ?? '', workspace);
  }
  if (found?.on === 'port') {
    const { name, port, namespace } = found.reference;
    const services = workspace.find('Service', name, namespace ?? own.namespace);
    return port && servicePort(services, port.value, workspace);
  }
  if (found !== undefined) return undefined;
  const [first, second, third, fourth] = path;
  const isKey = /^(data|stringData|binaryData)$/.test(String(first)) && path.length === 2;
  if (isKey && (kind === 'ConfigMap' || kind === 'Secret')) {
    return keyName([own], String(second), workspace);
  }
  if (kind === 'Service' && first === 'spec' && second === 'ports') {
    const value = at(own.value, path);
    if (fourth === 'targetPort')
      return typeof value === 'string' ? targetPort(own, value, workspace) : undefined;
    const isPort = fourth === 'name' || fourth === 'port';
    return isPort && typeof third === 'number' && value !== undefined
      ? servicePort([own], value, workspace)
      : undefined;
  }
  return inPod(own, path, workspace);
}

function keyName(
  owners: readonly IndexedObject[],
  key: string,
  workspace: Workspace,
): InnerName | undefined {
  const definitions = owners.flatMap((owner) => {
    const range = owner.rangeOfKey(key);
    return range === undefined ? [] : { uri: owner.uri, range };
  });
  if (definitions.length === 0) return undefined;
  const references = owners
    .flatMap((owner) => workspace.referring(owner))
    .filter(({ reference }) => reference.key?.name === key)
    .map(({ object, reference }) => placeIn(object, reference.key?.path ?? reference.path));
  return { definitions, references: distinct(references), isName: true };
}

function servicePort(
  services: readonly IndexedObject[],
  value: unknown,
  workspace: Workspace,
): InnerName {
  const field = typeof value === 'number' ? 'port' : 'name';
  const definitions = services.flatMap((service) =>
    listAt(service.value, ['spec', 'ports']).flatMap((port, index) =>
      at(port, [field]) === value ? placeIn(service, ['spec', 'ports', index, field]) : [],
    ),
  );
  const references = services
    .flatMap((service) => workspace.referring(service))
    .filter(({ reference }) => reference.port?.value === value)
    .map(({ object, reference }) => placeIn(object, reference.port?.path ?? reference.path));
  return { definitions, references: distinct(references), isName: field === 'name' };
}

function targetPort(service: IndexedObject, name: string, workspace: Workspace): InnerName {
  const labels = labelsAt(service.value, ['spec', 'selector']) ?? {};
  const selector = labelSelectorOfMap(labels);
  const selected =
    Object.keys(labels).length === 0 ? [] : workspace.selected(selector, labels, service.namespace);
  return portOf(selected, name, workspace);
}

/** A port that containers name: who probes it, and which Services lead to it. */
function portOf(
  workloads: readonly IndexedObject[],
  name: string,
  workspace: Workspace,
): InnerName {
  const definitions = workloads.flatMap((workload) =>
    containerPorts(workload)
      .filter((port) => port.name === name)
      .map((port) => placeIn(workload, port.path)),
  );
  const probes = workloads.flatMap((workload) =>
    probePorts(workload)
      .filter((path) => at(workload.value, path) === name)
      .map((path) => placeIn(workload, path)),
  );
  const services = workloads
    .flatMap((workload) => servicesSelecting(workload, workspace))
    .flatMap((service) =>
      listAt(service.value, ['spec', 'ports']).flatMap((port, index) =>
        at(port, ['targetPort']) === name
          ? placeIn(service, ['spec', 'ports', index, 'targetPort'])
          : [],
      ),
    );
  return { definitions, references: distinct([...probes, ...services]), isName: true };
}

const lists = ['containers', 'initContainers'];
const askers = [
  ...['livenessProbe', 'readinessProbe', 'startupProbe'].map((probe) => [probe]),
  ...['postStart', 'preStop'].map((hook) => ['lifecycle', hook]),
];

function probePorts({ kind, value }: IndexedObject): Path[] {
  const spec = podSpecPath(kind) ?? [];
  return lists.flatMap((list) =>
    listAt(value, [...spec, list]).flatMap((_, index) =>
      askers.flatMap((asker) =>
        ['httpGet', 'tcpSocket'].map((how): Path => [...spec, list, index, ...asker, how, 'port']),
      ),
    ),
  );
}

function inPod(own: IndexedObject, path: Path, workspace: Workspace): InnerName | undefined {
  const name = at(own.value, path);
  if (podSpecPath(own.kind) === undefined || typeof name !== 'string') return undefined;
  const is = (paths: readonly Path[]) => paths.some((each) => each.join('/') === path.join('/'));
  const volumes = volumePaths(own);
  const mounts = mountPaths(own);
  if (is(volumes) || is(mounts)) {
    const places = (paths: readonly Path[]) =>
      paths.filter((each) => at(own.value, each) === name).map((each) => placeIn(own, each));
    return { definitions: places(volumes), references: places(mounts), isName: true };
  }
  const isPort = is(containerPorts(own).map((port) => port.path)) || is(probePorts(own));
  return isPort ? portOf([own], name, workspace) : undefined;
}

/** Names of volumes; a StatefulSet's claims are volumes, too. */
function volumePaths({ kind, value }: IndexedObject): Path[] {
  const spec = podSpecPath(kind) ?? [];
  const claims = listAt(value, ['spec', 'volumeClaimTemplates']);
  return [
    ...listAt(value, [...spec, 'volumes']).map((_, i): Path => [...spec, 'volumes', i, 'name']),
    ...claims.map((_, i): Path => ['spec', 'volumeClaimTemplates', i, 'metadata', 'name']),
  ];
}

function mountPaths({ kind, value }: IndexedObject): Path[] {
  const spec = podSpecPath(kind) ?? [];
  return lists.flatMap((list) =>
    listAt(value, [...spec, list]).flatMap((container, index) =>
      ['volumeMounts', 'volumeDevices'].flatMap((field) =>
        listAt(container, [field]).map(
          (_, mount): Path => [...spec, list, index, field, mount, 'name'],
        ),
      ),
    ),
  );
}

function placeIn(object: IndexedObject, path: Path): Place {
  return { uri: object.uri, range: object.rangeOf(path) };
}

function distinct(places: readonly Place[]): Place[] {
  return [...new Map(places.map((place) => [JSON.stringify(place), place])).values()];
}
