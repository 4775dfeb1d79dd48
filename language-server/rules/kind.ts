/** Whether the object's apiVersion and kind go together, and exist. */
import { nearest } from '../../runtime/api/nearest.ts';
import { apiVersionOf, type GroupVersionKind } from '../../runtime/api/object.ts';
import { gvkOf, type Resource } from '../routing/manifest-file.ts';
import { headRange, keyRange, valueRange } from '../routing/ranges.ts';
import type { Catalog } from '../schemas/catalog.ts';
import { type Problem, replaceFix } from './problem.ts';
import { removedApi } from './removed-apis.ts';

const deprecationGuide = 'https://kubernetes.io/docs/reference/using-api/deprecation-guide/';

/** Kinds that live in files beside manifests but are never sent to a server. */
const clientKinds = new Set([
  'v1 Config',
  'v1 DeleteOptions',
  'v1 EncryptionConfig',
  'v1 List',
  'v1 Policy',
]);

/** What OpenShift had in v1 before it had groups of its own; manifests of it still say so. */
const openShiftKinds = new Set([
  'BuildConfig',
  'DeploymentConfig',
  'ImageStream',
  'ImageStreamTag',
  'Project',
  'ProjectRequest',
  'Route',
  'SecurityContextConstraints',
  'Template',
]);

/** What kustomize calls the plugins that it brings with it: transformers and generators. */
const kustomizePlugins = 'builtin';

/** Kinds of which only the apiVersion changed, all or one; others need their structure changed too. */
const nameOnly = new Set([
  'CronJob',
  'PodDisruptionBudget',
  'Role',
  'ClusterRole',
  'RoleBinding',
  'ClusterRoleBinding',
  'PriorityClass',
  'StorageClass',
  'Lease',
  'IngressClass',
  'RuntimeClass',
  'NetworkPolicy',
  'ControllerRevision',
  'CSIDriver',
  'CSINode',
  'CSIStorageCapacity',
  'VolumeAttachment',
  'autoscaling/v2beta2 HorizontalPodAutoscaler',
]);

export function kindProblems(resource: Resource, catalog: Catalog): Problem[] {
  const { apiVersion, kind } = resource;
  const gvk = gvkOf(resource);
  if (gvk === undefined || apiVersion === undefined || kind === undefined) {
    return missingHalf(resource, catalog);
  }
  if (isOfOthers(apiVersion, kind)) return [];
  if (catalog.forKind(gvk) !== undefined) {
    const message = catalog.deprecationOf(gvk);
    return message === undefined
      ? notServed(resource, gvk, catalog)
      : deprecated(resource, message);
  }
  const gone = removedApi(apiVersion, kind);
  if (gone !== undefined) {
    const [start, end] = valueRange(resource, ['apiVersion']);
    const now = gone.replacement;
    return [
      {
        rule: 'removed-api',
        severity: 'error',
        message: `${kind} in ${apiVersion} was removed in Kubernetes ${gone.removedIn}${now === undefined ? '' : `; use ${now}`}`,
        start,
        end,
        url: deprecationGuide,
        ...(now === undefined
          ? {}
          : {
              fix: {
                title: `Change to ${now}`,
                edits: [{ start, end, text: now }],
                safe: nameOnly.has(kind) || nameOnly.has(`${apiVersion} ${kind}`),
              },
            }),
      },
    ];
  }
  return wrongPair(resource, gvk.group, catalog);
}

function isOfOthers(apiVersion: string, kind: string): boolean {
  return (
    clientKinds.has(`${apiVersion} ${kind}`) ||
    (apiVersion === 'v1' && openShiftKinds.has(kind)) ||
    apiVersion === kustomizePlugins
  );
}

/** A beta of what is stable by now: servers have it only if they are told to. */
function notServed(resource: Resource, gvk: GroupVersionKind, catalog: Catalog): Problem[] {
  const stable = stableVersions(gvk, catalog).filter(({ group }) => group === gvk.group);
  const isServed = stable.some(({ version }) => version === gvk.version);
  const now = newest(stable);
  if (now === undefined || isServed || !catalog.isBuiltIn(gvk)) return [];
  const [start, end] = valueRange(resource, ['apiVersion']);
  const base = { rule: 'deprecated-api', severity: 'hint', deprecated: true } as const;
  const message = `${resource.kind} in ${resource.apiVersion} is not served unless that is switched on; use ${now}`;
  const change = { title: `Change to ${now}`, fields: [{ set: ['apiVersion'], to: now }] };
  return [{ ...base, message, start, end, change, url: deprecationGuide }];
}

/** In which versions servers have the kind. */
function stableVersions({ kind }: { kind: string }, catalog: Catalog): GroupVersionKind[] {
  return catalog.writableKinds().filter((each) => each.kind === kind && catalog.isBuiltIn(each));
}

/** `v2` before `v1`. */
function newest(versions: readonly GroupVersionKind[]): string | undefined {
  const sorted = versions.toSorted((a, b) => a.version.localeCompare(b.version));
  const last = sorted.at(-1);
  return last && apiVersionOf(last);
}

/** A kind that is served, and has a successor. */
function deprecated(resource: Resource, message: string): Problem[] {
  const [start, end] = valueRange(resource, ['apiVersion']);
  const base = { rule: 'deprecated-api', severity: 'warning', deprecated: true } as const;
  return [{ ...base, message, start, end, url: deprecationGuide }];
}

/** `scheduling.x-k8s.io`: one letter away from a group of ours, and none. */
function isCommunityGroup(group: string): boolean {
  return group.endsWith('.x-k8s.io');
}

function wrongPair(resource: Resource, group: string, catalog: Catalog): Problem[] {
  const { apiVersion = '', kind = '' } = resource;
  const known = catalog.allKinds();
  const namesakes = known.filter((each) => each.kind === kind);
  const elsewhere = namesakes.map(apiVersionOf);
  const isMeant =
    catalog.ownsGroup(group) ||
    // Definitions need a group with a dot, so that nobody else has a kind in one without.
    (!group.includes('.') && namesakes.some((each) => catalog.isBuiltIn(each))) ||
    (!isCommunityGroup(group) && nearest(apiVersion, elsewhere) !== undefined);
  if (elsewhere.length > 0 && isMeant) {
    const stable = stableVersions({ kind }, catalog);
    const there = stable.length > 0 ? stable.map(apiVersionOf) : elsewhere;
    const best =
      newest(stable.filter((each) => each.group === group)) ??
      nearest(apiVersion, there) ??
      there[0] ??
      '';
    const [start, end] = valueRange(resource, ['apiVersion']);
    return [
      {
        rule: 'unknown-kind',
        severity: 'error',
        message: `There is no ${kind} in ${apiVersion}; it is in ${[...new Set(there)].join(' or ')}`,
        start,
        end,
        fix: { title: `Change to ${best}`, edits: [{ start, end, text: best }] },
      },
    ];
  }
  if (isCommunityGroup(group)) return [];
  if (!catalog.ownsGroup(group)) return misspelledGroup(resource, catalog);
  const names = new Set(
    known.filter((each) => apiVersionOf(each) === apiVersion).map((k) => k.kind),
  );
  const any = new Set(catalog.writableKinds().map((each) => each.kind));
  const best = nearest(kind, names) ?? nearest(kind, any);
  const [start, end] = valueRange(resource, ['kind']);
  return [
    {
      rule: 'unknown-kind',
      severity: 'error',
      message: `Unknown kind "${kind}" in ${apiVersion}${best === undefined ? '' : `; did you mean "${best}"?`}`,
      start,
      end,
      ...(best === undefined
        ? {}
        : { fix: { title: `Change to "${best}"`, edits: [{ start, end, text: best }] } }),
    },
  ];
}

/** A group we know nothing of belongs to some operator, unless it is nearly one of ours. */
function misspelledGroup(resource: Resource, catalog: Catalog): Problem[] {
  const { apiVersion = '', kind = '' } = resource;
  const versions = new Set(catalog.writableKinds().map(apiVersionOf));
  const best = apiVersion.length > 2 ? nearest(apiVersion, versions) : undefined;
  const match = catalog
    .allKinds()
    .some((each) => each.kind === kind && apiVersionOf(each) === best);
  if (best === undefined || !match) return [];
  const [start, end] = valueRange(resource, ['apiVersion']);
  return [
    {
      rule: 'unknown-kind',
      severity: 'error',
      message: `Unknown API version "${apiVersion}"; did you mean "${best}"?`,
      start,
      end,
      fix: { title: `Change to ${best}`, edits: [{ start, end, text: best }] },
    },
  ];
}

/** An apiVersion that nothing but a Kubernetes object has; `v1` others have, too. */
function isOurs(apiVersion: string | undefined, catalog: Catalog): boolean {
  return (
    apiVersion?.includes('/') === true &&
    catalog.allKinds().some((each) => apiVersionOf(each) === apiVersion)
  );
}

/** The fields that objects of group "" have besides metadata and spec. */
const coreFields = [
  'automountServiceAccountToken',
  'binaryData',
  'data',
  'imagePullSecrets',
  'immutable',
  'involvedObject',
  'items',
  'secrets',
  'status',
  'stringData',
  'subsets',
  'target',
  'template',
  'type',
];

/** A file of an installer has an apiVersion and metadata too, and then fields of its own only. */
function hasFieldsOfOurs({ value }: Resource): boolean {
  if ('spec' in value) return true;
  if ('items' in value && misspelledAs('kind', value) !== undefined) return true;
  const besides = Object.keys(value).filter((key) => !['apiVersion', 'metadata'].includes(key));
  if (!('metadata' in value)) return false;
  return (
    besides.length === 0 ||
    misspelledAs('kind', value) !== undefined ||
    besides.some((key) => coreFields.includes(key))
  );
}

function misspelledAs(field: string, value: Resource['value']): string | undefined {
  return Object.keys(value).find((each) => nearest(each, [field]) !== undefined);
}

/** `knid` for `kind`. */
function misspelled(field: 'kind' | 'apiVersion', resource: Resource): Problem | undefined {
  const key = misspelledAs(field, resource.value);
  if (key === undefined) return undefined;
  const [start, end] = keyRange(resource, [key]);
  return {
    rule: 'unknown-field',
    severity: 'error',
    message: `Unknown field "${key}"; did you mean "${field}"?`,
    start,
    end,
    fix: replaceFix(field, start, end),
  };
}

/** One of apiVersion and kind alone: an object that is being written, if the other fields fit. */
function missingHalf(resource: Resource, catalog: Catalog): Problem[] {
  const { apiVersion, kind } = resource;
  if (kind === undefined && apiVersion === undefined) return [];
  const [start, end] = headRange(resource, []);
  if (kind === undefined) {
    if (!isOurs(apiVersion, catalog) && !hasFieldsOfOurs(resource)) return [];
    const meant = misspelled('kind', resource);
    if (meant !== undefined) return [meant];
    const message = 'Missing field "kind": which kind of object this is';
    return [{ rule: 'missing-field', severity: 'error', message, start, end }];
  }
  const item = 'items' in resource.value ? kind.replace(/List$/, '') : kind;
  const versions =
    item === ''
      ? ['v1']
      : catalog
          .writableKinds()
          .filter((each) => each.kind === item)
          .map(apiVersionOf);
  const first = versions[0];
  if (first === undefined) return [];
  const meant = misspelled('apiVersion', resource);
  if (meant !== undefined) return [meant];
  const message = `Missing field "apiVersion": for a ${kind} it is ${versions.join(' or ')}`;
  const at = resource.start;
  const title = `Add apiVersion: ${first}`;
  return [
    {
      rule: 'missing-field',
      severity: 'error',
      message,
      start,
      end,
      ...(resource.node.flow === true
        ? { change: { title, fields: [{ set: ['apiVersion'], to: first }] } }
        : { fix: { title, edits: [{ start: at, end: at, text: `apiVersion: ${first}\n` }] } }),
    },
  ];
}
