/** What a CustomResourceDefinition defines; read by the server in files, by the extension in clusters. */
import { cleanSchema } from '../../runtime/api/schema-clean.ts';
import { customKindWarning } from '../../runtime/api/warnings/deprecated-kinds.ts';
import type { CustomKind } from './messages.ts';

/** The kinds that the value of a CustomResourceDefinition defines; malformed parts are left out. */
export function customKindsOf(definition: unknown): CustomKind[] {
  const spec = record(record(definition).spec);
  const names = record(spec.names);
  if (typeof spec.group !== 'string' || typeof names.kind !== 'string') return [];
  const { group } = spec;
  const { kind } = names;
  const versions = Array.isArray(spec.versions) ? spec.versions : [];
  return versions.map(record).flatMap((version) => {
    if (typeof version.name !== 'string') return [];
    const gvk = { group, version: version.name, kind };
    const deprecation = customKindWarning(gvk, version);
    return {
      ...gvk,
      ...(deprecation === undefined ? {} : { deprecation }),
      plural: String(names.plural ?? kind.toLowerCase()),
      namespaced: spec.scope !== 'Cluster',
      schema: cleanSchema(record(version.schema).openAPIV3Schema),
    };
  });
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
