/** What an API server said of a file when it was asked with a dry run, as diagnostics of the file. */
import { type Diagnostic, DiagnosticSeverity } from 'vscode-languageserver';
import type { DryRunReport, Refusal } from './protocol/messages.ts';
import { type OpenFile, rangeIn } from './providers/open-file.ts';
import { nameOf, type Resource } from './routing/manifest-file.ts';
import { headRange, valueRange } from './routing/ranges.ts';
import { parseFieldPath } from './rules/semantics.ts';

/** Diagnostics for each field that was refused; of the object's name where no field is named. */
export function dryRunDiagnostics(file: OpenFile, report: DryRunReport): Diagnostic[] {
  return report.refusals.flatMap((refusal) => refused(file, refusal, report.context));
}

function refused({ document, manifest }: OpenFile, refusal: Refusal, context: string) {
  const resource = manifest.resources.find(
    (each) =>
      each.apiVersion === refusal.apiVersion &&
      each.kind === refusal.kind &&
      nameOf(each) === refusal.name,
  );
  const diagnostic = ([start, end]: [number, number], message: string): Diagnostic => ({
    range: rangeIn(document, start, end),
    severity: DiagnosticSeverity.Error,
    source: 'skiff',
    code: 'dry-run',
    message: `${context}: ${message}`,
  });
  if (resource === undefined) return [diagnostic([0, 0], refusal.message)];
  const fields = refusal.causes.filter(({ field }) => field !== undefined && field !== '');
  if (fields.length === 0) return [diagnostic(nameRange(resource), refusal.message)];
  return fields.map(({ field = '', message }) =>
    diagnostic(
      valueRange(resource, parseFieldPath(field)),
      `${field}: ${message ?? refusal.message}`,
    ),
  );
}

function nameRange(resource: Resource): [number, number] {
  return nameOf(resource) === undefined
    ? headRange(resource, [])
    : valueRange(resource, ['metadata', 'name']);
}
