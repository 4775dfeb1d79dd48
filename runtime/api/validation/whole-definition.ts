/**
 * What all versions of a CustomResourceDefinition have alike the original takes for a part of the whole
 * definition, and names it so: `spec.validation.openAPIV3Schema`, once, for every version's schema.
 * apiextensions/v1/conversion.go, Convert_v1_CustomResourceDefinitionSpec_To_apiextensions_...
 */
import type { StatusCause } from '../status.ts';
import { same } from './values.ts';

/** What the parts of versions are called there. */
const parts = {
  schema: 'spec.validation',
  subresources: 'spec.subresources',
  additionalPrinterColumns: 'spec.additionalPrinterColumns',
  selectableFields: 'spec.selectableFields',
} as const;

type Part = keyof typeof parts;
type Version = Readonly<Partial<Record<Part, unknown>>>;

const partOfVersion =
  /^spec\.versions\[(\d+)\]\.(schema|subresources|additionalPrinterColumns|selectableFields)\b/;

export function asOfDefinition(
  causes: readonly StatusCause[],
  versions: readonly Version[],
): StatusCause[] {
  const shared = new Map<Part, boolean>();
  const isShared = (part: Part) => {
    const known = shared.get(part);
    if (known !== undefined) return known;
    const first = versions[0]?.[part];
    const found = first != null && versions.every((version) => same(version[part], first));
    shared.set(part, found);
    return found;
  };
  return causes.flatMap((cause) => {
    const [start = '', index, part] = partOfVersion.exec(cause.field ?? '') ?? [];
    // That there is no schema is said of each version.
    const isMissing = cause.message === 'Required value: schemas are required';
    if (part === undefined || isMissing || !isShared(part as Part)) return [cause];
    if (index !== '0') return [];
    return [{ ...cause, field: parts[part as Part] + (cause.field ?? '').slice(start.length) }];
  });
}
