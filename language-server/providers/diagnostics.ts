import {
  type CodeDescription,
  type Diagnostic,
  DiagnosticSeverity,
  DiagnosticTag,
} from 'vscode-languageserver';
import { type CheckContext, checkFileInSteps } from '../rules/check.ts';
import type { Problem, Severity } from '../rules/problem.ts';
import { finish, type Steps } from '../slices.ts';
import { type OpenFile, rangeIn } from './open-file.ts';

const severities: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
};

/** The file's problems as the editor shows them; the fix, if any, travels in `data`. */
export function diagnosticsOf(file: OpenFile, context: CheckContext): Diagnostic[] {
  return finish(diagnosticsInSteps(file, context));
}

/** As `diagnosticsOf`, bit by bit. */
export function* diagnosticsInSteps(file: OpenFile, context: CheckContext): Steps<Diagnostic[]> {
  const diagnostics: Diagnostic[] = [];
  for (const problem of yield* checkFileInSteps(file.manifest, context)) {
    diagnostics.push(toDiagnostic(problem, file, context));
    if (diagnostics.length % 100 === 0) yield;
  }
  return diagnostics;
}

function toDiagnostic(
  problem: Problem,
  { document }: OpenFile,
  { documentation }: CheckContext,
): Diagnostic {
  const page = documentation === undefined ? undefined : `${documentation}${problem.rule}.md`;
  const href = problem.url ?? page;
  const link: { codeDescription?: CodeDescription } =
    href === undefined ? {} : { codeDescription: { href } };
  return {
    range: rangeIn(document, problem.start, problem.end),
    severity: severities[problem.severity],
    source: 'skiff',
    code: problem.rule,
    message: problem.message,
    ...(problem.deprecated === true ? { tags: [DiagnosticTag.Deprecated] } : {}),
    ...link,
  };
}
