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

/**
 * As `diagnosticsOf`, bit by bit. Of a file that has more of them than an editor shows, the worst are
 * told of, with how many more there are.
 */
export function* diagnosticsInSteps(file: OpenFile, context: CheckContext): Steps<Diagnostic[]> {
  const diagnostics: Diagnostic[] = [];
  const problems = yield* checkFileInSteps(file.manifest, context);
  const told = worst(problems);
  for (const problem of told) {
    diagnostics.push(toDiagnostic(problem, file, context));
    if (diagnostics.length % 100 === 0) yield;
  }
  const last = told.at(-1);
  if (last === undefined || told.length === problems.length) return diagnostics;
  const { start, end } = last;
  const message = `There are ${(problems.length - told.length).toLocaleString('en')} more problems in this file, which are shown once there are fewer`;
  const more: Problem = { rule: last.rule, severity: 'information', message, start, end };
  const { code: _, codeDescription: __, ...diagnostic } = toDiagnostic(more, file, context);
  return [...diagnostics, diagnostic];
}

/** One less than VS Code shows of a file. */
const mostDiagnostics = 999;
const weights: readonly Severity[] = ['error', 'warning', 'information', 'hint'];

/** As many as are shown, errors before warnings, in the order of the text. */
function worst(problems: readonly Problem[]): readonly Problem[] {
  if (problems.length <= mostDiagnostics) return problems;
  const kept = weights
    .flatMap((severity) => problems.filter((each) => each.severity === severity))
    .slice(0, mostDiagnostics);
  return kept.sort((a, b) => a.start - b.start || a.end - b.end);
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
