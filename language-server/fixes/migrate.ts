/**
 * Brings an object of a removed API to the one that took its place, with the changes of structure
 * that go with it. https://kubernetes.io/docs/reference/using-api/deprecation-guide/
 */
import { isSeq, type YAMLMap, type YAMLSeq } from 'yaml';
import { isJsonText } from '../providers/open-file.ts';
import { type ParsedResource, type Resource, readPart } from '../routing/manifest-file.ts';
import { keyText, parseWholeYamlInSteps } from '../routing/yaml-text.ts';
import type { Fix } from '../rules/problem.ts';
import { removedApi } from '../rules/removed-apis.ts';
import { migrateDefinition } from './migrate-definition.ts';
import { entryOf, mapOf, renameKey } from './nodes.ts';

/** Changes the object's tree in place; the apiVersion is changed already. */
type Migration = (object: YAMLMap, from: string, create: (value: unknown) => unknown) => void;

const migrations: Readonly<Record<string, Migration>> = {
  Ingress: migrateIngress,
  HorizontalPodAutoscaler: migrateAutoscaler,
  Deployment: addSelector,
  DaemonSet: addSelector,
  StatefulSet: addSelector,
  ReplicaSet: addSelector,
  CustomResourceDefinition: migrateDefinition,
  MutatingWebhookConfiguration: migrateWebhooks,
  ValidatingWebhookConfiguration: migrateWebhooks,
};

/**
 * @param text of the file
 * @returns undefined where nothing took the API's place, or only its name has changed
 */
export function migrationOf(resource: Resource, text: string): Fix | undefined {
  const { apiVersion = '', kind = '' } = resource;
  const now = removedApi(apiVersion, kind)?.replacement;
  const migrate = Object.hasOwn(migrations, kind) ? migrations[kind] : undefined;
  if (now === undefined || migrate === undefined) return undefined;
  const { document } = resource;
  const from = resource.base;
  const end = document.range?.[2] ?? 0;
  const part = text.slice(from, from + end);
  const fresh = sameIn(part, resource.parsed);
  if (fresh === undefined || fresh.document.errors.length > 0) return undefined;
  const { node } = fresh;
  const before = String(fresh.document.toString(layoutOf(part)));
  migrate(node, apiVersion, (value) => fresh.document.createNode(value));
  const unchanged = String(fresh.document.toString(layoutOf(part))) === before;
  if (unchanged) return undefined;
  const title = `Change to ${now}, with its structure`;
  node.set('apiVersion', now);
  if (isJsonText(text)) {
    const [start, stop] = [from + (fresh.document.contents?.range?.[0] ?? 0), from + end];
    const indented = JSON.stringify(fresh.document.toJSON(), undefined, layoutOf(part).indent);
    return { title, edits: [{ start, end: stop, text: `${indented}\n` }] };
  }
  const migrated = fresh.document.toString({ ...layoutOf(part), directives: false });
  const marker = /^---[^\n]*\n/.exec(part)?.[0] ?? '';
  return {
    title,
    edits: [{ start: from + marker.length, end: from + end, text: migrated }],
  };
}

/** The same object in a tree of its own, which may be changed. */
function sameIn(part: string, resource: ParsedResource): ParsedResource | undefined {
  return readPart(part, parseWholeYamlInSteps).resources.find(
    ({ start }) => start === resource.start,
  );
}

function layoutOf(text: string): { lineWidth: 0; indentSeq: boolean; indent: number } {
  const indent = /^( +)\S/m.exec(text)?.[1]?.length ?? 2;
  // A list whose dashes stand right below their key.
  const flush = /^( *)[\w-]+:[ \t]*\r?\n\1- /m.test(text);
  return { lineWidth: 0, indentSeq: !flush, indent: Math.min(8, Math.max(2, indent)) };
}

function migrateIngress(object: YAMLMap, _: string, create: (value: unknown) => unknown): void {
  const spec = mapOf(object.get('spec'));
  if (spec === undefined) return;
  renameKey(spec, 'backend', 'defaultBackend');
  migrateBackend(spec.get('defaultBackend'), create);
  for (const rule of itemsOf(spec.get('rules'))) {
    const http = mapOf(mapOf(rule)?.get('http'));
    for (const path of itemsOf(http?.get('paths')).flatMap((each) => mapOf(each) ?? [])) {
      migrateBackend(path.get('backend'), create);
      if (path.has('pathType')) continue;
      const at = path.items.findIndex(({ key }) => keyText(key) === 'path');
      path.items.splice(at + 1, 0, entryOf('pathType', create('ImplementationSpecific'), create));
    }
  }
}

function migrateBackend(node: unknown, create: (value: unknown) => unknown): void {
  const backend = mapOf(node);
  if (backend === undefined || !backend.has('serviceName')) return;
  const port = backend.get('servicePort');
  const field = typeof port === 'number' || /^\d+$/.test(String(port)) ? 'number' : 'name';
  const service = {
    name: backend.get('serviceName'),
    port: { [field]: field === 'number' ? Number(port) : port },
  };
  const at = backend.items.findIndex(({ key }) => keyText(key) === 'serviceName');
  backend.items.splice(at, 1, entryOf('service', create(service), create));
  backend.delete('servicePort');
}

/** v2beta1 had flat targets; v2beta2 is v2 but for its name. */
function migrateAutoscaler(
  object: YAMLMap,
  from: string,
  create: (value: unknown) => unknown,
): void {
  if (from !== 'autoscaling/v2beta1') return;
  for (const item of itemsOf(mapOf(object.get('spec'))?.get('metrics'))) {
    const metric = mapOf(item);
    const type = metric?.get('type');
    if (metric === undefined || typeof type !== 'string') continue;
    const source = mapOf(metric.get(type.charAt(0).toLowerCase() + type.slice(1)));
    if (source !== undefined) migrateMetric(source, create);
  }
}

const targets: readonly [before: string, type: string, after: string][] = [
  ['targetAverageUtilization', 'Utilization', 'averageUtilization'],
  ['targetAverageValue', 'AverageValue', 'averageValue'],
  ['averageValue', 'AverageValue', 'averageValue'],
  ['targetValue', 'Value', 'value'],
];

function migrateMetric(source: YAMLMap, create: (value: unknown) => unknown): void {
  renameKey(source, 'target', 'describedObject');
  if (source.has('metricName')) {
    const selector = source.get('selector') ?? source.get('metricSelector');
    const metric = {
      name: source.get('metricName'),
      ...(selector === undefined ? {} : { selector }),
    };
    source.set(create('metric'), create(metric));
    for (const gone of ['metricName', 'selector', 'metricSelector']) source.delete(gone);
  }
  for (const [before, type, after] of targets) {
    if (!source.has(before) || source.has('target')) continue;
    const value = source.get(before);
    source.delete(before);
    source.set(create('target'), create({ type, [after]: value }));
  }
}

/** Before apps/v1 the selector was taken from the template. */
function addSelector(object: YAMLMap, _: string, create: (value: unknown) => unknown): void {
  const spec = mapOf(object.get('spec'));
  spec?.delete('rollbackTo');
  const labels = mapOf(mapOf(mapOf(spec?.get('template'))?.get('metadata'))?.get('labels'));
  if (spec === undefined || spec.has('selector') || labels === undefined) return;
  const matchLabels = labels.toJSON();
  const at = spec.items.findIndex(({ key }) => keyText(key) === 'template');
  spec.items.splice(Math.max(0, at), 0, entryOf('selector', create({ matchLabels }), create));
}

/** Both fields had defaults before v1. */
function migrateWebhooks(object: YAMLMap, _: string, create: (value: unknown) => unknown): void {
  for (const item of itemsOf(object.get('webhooks'))) {
    const webhook = mapOf(item);
    if (webhook === undefined) continue;
    if (!webhook.has('sideEffects')) webhook.set(create('sideEffects'), create('None'));
    if (!webhook.has('admissionReviewVersions')) {
      webhook.set(create('admissionReviewVersions'), create(['v1', 'v1beta1']));
    }
  }
}

function itemsOf(node: unknown): unknown[] {
  return isSeq(node) ? (node as YAMLSeq).items : [];
}
