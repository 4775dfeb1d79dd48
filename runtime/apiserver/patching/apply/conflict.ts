/** What an apply is refused with that would take other managers' fields. */
import { type ApiError, apiError } from '../../../api/status.ts';
import { type FieldSet, paths } from './field-set.ts';
import type { Manager } from './managers.ts';

export interface Conflict {
  with: Manager;
  fields: FieldSet;
}

/** The 409, each field a cause of its own. */
export function conflictError(conflicts: readonly Conflict[]): ApiError {
  const found = conflicts
    .map((conflict) => ({ name: printManager(conflict.with), paths: paths(conflict.fields) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const causes = found.flatMap(({ name, paths: fields }) =>
    fields.map((field) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${name}`,
      field,
    })),
  );
  const [only] = causes;
  const message =
    causes.length === 1 && only !== undefined
      ? `Apply failed with 1 conflict: ${only.message}: ${only.field}`
      : `Apply failed with ${causes.length} conflicts: ${found
          .map(({ name, paths: fields }) =>
            [`conflicts with ${name}:`, ...fields.map((field) => `- ${field}`)].join('\n'),
          )
          .join('\n')}`;
  return apiError('Conflict', message, { causes });
}

function printManager({ manager, operation, apiVersion, subresource }: Manager): string {
  const through = subresource === '' ? '' : ` with subresource ${JSON.stringify(subresource)}`;
  const using = operation === 'Update' ? ` using ${apiVersion}` : '';
  return `${JSON.stringify(manager)}${through}${using}`;
}
