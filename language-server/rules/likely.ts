/**
 * What a server takes and what is of no use all the same: a pod that no node can start, a permission
 * for nothing. Never an error, since the server has none; each is said where it stands.
 */
import { type GroupVersionKind, parseApiVersion } from '../../runtime/api/object.ts';
import { format, parseQuantity, toMilli } from '../../runtime/api/quantity.ts';
import type { Path } from '../../runtime/api/structure-problem.ts';
import { at, podSpecPath } from '../references/fields.ts';
import type { Resource } from '../routing/manifest-file.ts';
import { keyRange, valueRange } from '../routing/ranges.ts';
import type { Catalog } from '../schemas/catalog.ts';
import { portProblems } from './container-ports.ts';
import { listAt } from './cross-selectors.ts';
import { closeWord, type Finding } from './finding.ts';
import { imageProblem } from './image-reference.ts';
import { permissionFindings } from './permissions.ts';
import type { Problem } from './problem.ts';

const roleKinds = new Set(['Role', 'ClusterRole']);

/** Of built-in kinds; nothing is known of the others. */
export function likelyProblems(
  resource: Resource,
  gvk: GroupVersionKind,
  catalog: Catalog,
): Problem[] {
  const { value } = resource;
  const findings = [
    ...podFindings(gvk.kind, value),
    ...(gvk.kind === 'Secret' ? secretFindings(value) : []),
    ...(gvk.kind === 'Service' ? nodePortFindings(value) : []),
    ...(gvk.kind === 'HorizontalPodAutoscaler' ? targetFindings(value, catalog) : []),
    ...(roleKinds.has(gvk.kind) ? permissionFindings(value) : []),
  ];
  return [
    ...findings.map((finding) => toProblem(finding, resource)),
    ...portProblems(gvk.kind, resource),
    ...namespaceProblems(resource, gvk, catalog),
  ];
}

function toProblem({ path, message, severity, meant }: Finding, resource: Resource): Problem {
  const [start, end] = valueRange(resource, path);
  return {
    rule: 'invalid-value',
    severity: severity ?? 'warning',
    message,
    start,
    end,
    ...(meant === undefined
      ? {}
      : {
          fix: {
            title: `Change to ${JSON.stringify(meant)}`,
            edits: [{ start, end, text: JSON.stringify(meant) }],
          },
        }),
  };
}

const media = /^(|Memory|HugePages(-.+)?)$/;

function podFindings(kind: string, value: unknown): Finding[] {
  const spec = podSpecPath(kind);
  if (spec === undefined) return [];
  const images = ['containers', 'initContainers'].flatMap((list) =>
    listAt(value, [...spec, list]).flatMap((container, index): Finding[] => {
      const message = imageProblem(at(container, ['image']));
      const path = [...spec, list, index, 'image'];
      return message === undefined ? [] : [{ path, message }];
    }),
  );
  const volumes = listAt(value, [...spec, 'volumes']).flatMap((volume, index): Finding[] => {
    const medium = at(volume, ['emptyDir', 'medium']);
    if (typeof medium !== 'string' || media.test(medium)) return [];
    const message = `Kubelets know no medium "${medium}"; it is Memory, HugePages-<size> or left out`;
    return [{ path: [...spec, 'volumes', index, 'emptyDir', 'medium'], message }];
  });
  return [...images, ...volumes, ...fineAmounts(spec, value)];
}

/** Servers take them, and nodes know nothing smaller than a thousandth of a processor. */
function fineAmounts(spec: Path, value: unknown): Finding[] {
  return ['containers', 'initContainers'].flatMap((list) =>
    listAt(value, [...spec, list]).flatMap((container, index) =>
      ['requests', 'limits'].flatMap((field): Finding[] => {
        const amount = at(container, ['resources', field, 'cpu']);
        if (typeof amount !== 'string' && typeof amount !== 'number') return [];
        const cores = parseQuantity(amount);
        if (cores === undefined || !/[un]$/.test(format(cores))) return [];
        const path = [...spec, list, index, 'resources', field, 'cpu'];
        const message = `A thousandth of a core (1m) is the smallest part that there is; ${amount} is rounded up to ${toMilli(cores)}m`;
        return [{ path, message, meant: `${toMilli(cores)}m` }];
      }),
    ),
  );
}

const secretTypes = [
  'Opaque',
  ...[
    'tls',
    'ssh-auth',
    'basic-auth',
    'dockercfg',
    'dockerconfigjson',
    'service-account-token',
  ].map((name) => `kubernetes.io/${name}`),
  'bootstrap.kubernetes.io/token',
];

/** Any type will do for a server, but only those that it knows are checked, and found by others. */
function secretFindings(value: unknown): Finding[] {
  const type = at(value, ['type']);
  if (typeof type !== 'string' || type === '' || secretTypes.includes(type)) return [];
  const meant = closeWord(type, secretTypes);
  if (meant === undefined) return [];
  return [{ path: ['type'], message: `Unknown type "${type}"; did you mean "${meant}"?`, meant }];
}

/** What servers give away unless they are told another range. */
const nodePorts = { low: 30_000, high: 32_767 };

function nodePortFindings(value: unknown): Finding[] {
  return listAt(value, ['spec', 'ports']).flatMap((port, index): Finding[] => {
    const given = at(port, ['nodePort']);
    if (typeof given !== 'number' || given === 0) return [];
    if (given >= nodePorts.low && given <= nodePorts.high) return [];
    const message = `nodePort ${given} is refused unless the cluster has another range than ${nodePorts.low}-${nodePorts.high}`;
    return [{ path: ['spec', 'ports', index, 'nodePort'], message }];
  });
}

/** What is scaled is looked up by group and kind; the version does not matter. */
function targetFindings(value: unknown, catalog: Catalog): Finding[] {
  const apiVersion = at(value, ['spec', 'scaleTargetRef', 'apiVersion']);
  const kind = at(value, ['spec', 'scaleTargetRef', 'kind']);
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return [];
  const { group } = parseApiVersion(apiVersion);
  if (group.includes('.') && !catalog.ownsGroup(group)) return [];
  const namesakes = catalog.writableKinds().filter((each) => each.kind === kind);
  if (namesakes.length === 0 || namesakes.some((each) => each.group === group)) return [];
  const [first] = namesakes;
  if (first === undefined) return [];
  const meant = first.group === '' ? first.version : `${first.group}/${first.version}`;
  const message = `There is no ${kind} in ${apiVersion}; it is in ${meant}`;
  return [{ path: ['spec', 'scaleTargetRef', 'apiVersion'], message, meant }];
}

function namespaceProblems(resource: Resource, gvk: GroupVersionKind, catalog: Catalog): Problem[] {
  const path: Path = ['metadata', 'namespace'];
  const given = at(resource.value, path);
  if (catalog.isNamespaced(gvk) !== false || typeof given !== 'string' || given === '') return [];
  const [start, end] = keyRange(resource, path);
  const message = `A ${gvk.kind} is in no namespace; servers leave this out`;
  return [{ rule: 'invalid-value', severity: 'information', message, start, end }];
}
