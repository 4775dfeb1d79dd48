/** CustomResourceDefinition v1beta1 → v1: what stood once for all versions stands in each. */
import { isSeq, type YAMLMap } from 'yaml';
import { isRecord } from '../routing/manifest-file.ts';
import { mapOf } from './nodes.ts';

export function migrateDefinition(
  object: YAMLMap,
  _: string,
  create: (value: unknown) => unknown,
): void {
  const spec = mapOf(object.get('spec'));
  if (spec === undefined) return;
  const before = record(spec.toJSON());
  const shared = {
    schema: schemaOf(before),
    ...(before.subresources === undefined ? {} : { subresources: before.subresources }),
    ...(Array.isArray(before.additionalPrinterColumns)
      ? { additionalPrinterColumns: before.additionalPrinterColumns.map(columnOf) }
      : {}),
  };
  const versions = Array.isArray(before.versions) ? before.versions.map(record) : [];
  const named =
    versions.length > 0
      ? versions
      : [{ name: before.version ?? 'v1', served: true, storage: true }];
  for (const gone of ['version', 'validation', 'subresources', 'additionalPrinterColumns']) {
    spec.delete(gone);
  }
  if (before.preserveUnknownFields !== false) spec.delete('preserveUnknownFields');
  moveConversion(spec, before, create);
  spec.set(
    isSeq(spec.get('versions')) ? 'versions' : create('versions'),
    create(
      named.map((version) => ({
        ...shared,
        ...version,
        ...(Array.isArray(version.additionalPrinterColumns)
          ? { additionalPrinterColumns: version.additionalPrinterColumns.map(columnOf) }
          : {}),
      })),
    ),
  );
}

/** Schemas have to say that the whole is an object; without one, everything is kept. */
function schemaOf(spec: Readonly<Record<string, unknown>>): object {
  const schema = record(record(spec.validation).openAPIV3Schema);
  const keep = spec.validation === undefined || spec.preserveUnknownFields === true;
  return {
    openAPIV3Schema: {
      type: 'object',
      ...schema,
      ...(keep ? { 'x-kubernetes-preserve-unknown-fields': true } : {}),
    },
  };
}

function columnOf(column: unknown): object {
  const { JSONPath, ...rest } = record(column);
  return JSONPath === undefined ? rest : { ...rest, jsonPath: JSONPath };
}

function moveConversion(
  spec: YAMLMap,
  before: Readonly<Record<string, unknown>>,
  create: (value: unknown) => unknown,
): void {
  const { webhookClientConfig, conversionReviewVersions, ...rest } = record(before.conversion);
  if (webhookClientConfig === undefined) return;
  const webhook = {
    clientConfig: webhookClientConfig,
    conversionReviewVersions: conversionReviewVersions ?? ['v1', 'v1beta1'],
  };
  spec.set('conversion', create({ ...rest, webhook }));
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}
