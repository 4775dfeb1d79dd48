/** Quick fixes for what the rules found, fixes for a whole file, and what is worth adding. */
import {
  type CodeAction,
  CodeActionKind,
  type Diagnostic,
  type Range,
} from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { additionOf } from '../fixes/add-field.ts';
import { containerFixesAt } from '../fixes/container.ts';
import { migrationOf } from '../fixes/migrate.ts';
import { creationOf } from '../fixes/missing.ts';
import { changeFix } from '../fixes/set-field.ts';
import { at } from '../references/fields.ts';
import { gvkOf, type Resource } from '../routing/manifest-file.ts';
import { resourceAt } from '../routing/path-at.ts';
import { type CheckContext, checkFile } from '../rules/check.ts';
import { findPackRule } from '../rules/packs/registry.ts';
import type { Edit, Fix, Problem } from '../rules/problem.ts';
import { ignoreAnnotation } from '../rules/suppression.ts';
import { type OpenFile, rangeIn } from './open-file.ts';

/** All fixes that leave no doubt, at once; editors run it on saving where they are told to. */
export const fixAllKind = `${CodeActionKind.SourceFixAll}.skiff`;

/**
 * The fixes for problems that touch `range`, what could be added there, and the way to silence each
 * problem.
 * @param only the kinds that are asked for; any, if left out
 */
export function codeActionsAt(
  file: OpenFile,
  range: Range,
  context: CheckContext,
  only?: readonly string[],
): CodeAction[] {
  const wants = (kind: string) =>
    only === undefined || only.some((each) => kind === each || kind.startsWith(`${each}.`));
  const { document } = file;
  const from = document.offsetAt(range.start);
  const to = document.offsetAt(range.end);
  const all = checkFile(file.manifest, context);
  const actions: CodeAction[] = [];
  if (wants(CodeActionKind.QuickFix)) {
    const problems = all.filter((problem) => problem.start <= to && from <= problem.end);
    actions.push(
      ...problems.flatMap((problem) => fixesOf(problem, file, context)),
      ...problems.flatMap((problem) => silenceOf(problem, document)),
      ...problems.flatMap((problem) => silenceObject(problem, file)),
    );
  }
  if (wants(CodeActionKind.RefactorRewrite)) actions.push(...additionsAt(file, from));
  if (only !== undefined && wants(fixAllKind)) actions.push(...fixAll(all, document));
  return actions;
}

function fixesOf(problem: Problem, file: OpenFile, context: CheckContext): CodeAction[] {
  const { document, manifest } = file;
  const resource = resourceAt(manifest.resources, problem.start);
  const better = resource && structuralFix(problem, resource, context, manifest.text);
  const first = better ?? problem.fix ?? problem.makeFix?.();
  const creation = creationOf(problem, manifest);
  return [first, creation]
    .filter((fix) => fix !== undefined)
    .map((fix, index) => ({
      ...actionOf(fix, CodeActionKind.QuickFix, document),
      isPreferred: index === 0,
      diagnostics: [diagnosticOf(problem, document)],
    }));
}

/** Fixes that take some work, so they are made only when asked for. */
function structuralFix(
  problem: Problem,
  resource: Resource,
  { catalog }: CheckContext,
  text: string,
): Fix | undefined {
  if (problem.rule === 'removed-api') return migrationOf(resource, text);
  if (problem.rule !== 'missing-field' || problem.path === undefined) return undefined;
  const gvk = gvkOf(resource);
  const schema = gvk && catalog.forKind(gvk);
  return schema && additionOf(resource, problem.path, schema, catalog, text);
}

function additionsAt({ document, manifest }: OpenFile, offset: number): CodeAction[] {
  const resource = resourceAt(manifest.resources, offset);
  if (resource === undefined || document.languageId === 'json') return [];
  return containerFixesAt(resource, offset, manifest.text).map((fix) =>
    actionOf(fix, CodeActionKind.RefactorRewrite, document),
  );
}

function fixAll(problems: readonly Problem[], document: TextDocument): CodeAction[] {
  const edits: Edit[] = [];
  for (const problem of problems) {
    const fix = problem.fix ?? problem.makeFix?.();
    if (fix?.safe !== true) continue;
    const overlaps = fix.edits.some((edit) =>
      edits.some((other) => edit.start < other.end && other.start < edit.end),
    );
    if (!overlaps) edits.push(...fix.edits);
  }
  if (edits.length === 0) return [];
  return [actionOf({ title: 'Fix what leaves no doubt', edits }, fixAllKind, document)];
}

function actionOf(fix: Fix, kind: string, document: TextDocument): CodeAction {
  const edits = fix.edits.map(({ start, end, text }) => ({
    range: rangeIn(document, start, end),
    newText: text,
  }));
  return { title: fix.title, kind, edit: { changes: { [document.uri]: edits } } };
}

/** A comment at the end of the line, where there can be one. */
function silenceOf(problem: Problem, document: TextDocument): CodeAction[] {
  const { line } = document.positionAt(problem.start);
  const text = document.getText({
    start: { line, character: 0 },
    end: { line: line + 1, character: 0 },
  });
  const written = text.trimEnd();
  if (document.languageId === 'json' || problem.rule === 'yaml-syntax') return [];
  if (written.includes('#') || /[|>][-+\d]*$/.test(written)) return [];
  const end = { line, character: written.length };
  const newText = ` # skiff-ignore ${problem.rule}`;
  return [
    {
      title: `Ignore ${problem.rule} here`,
      kind: CodeActionKind.QuickFix,
      diagnostics: [diagnosticOf(problem, document)],
      edit: { changes: { [document.uri]: [{ range: { start: end, end }, newText }] } },
    },
  ];
}

/** For rules of packs, which are as often wrong about a whole object as about a line. */
function silenceObject(problem: Problem, { document, manifest }: OpenFile): CodeAction[] {
  const resource = resourceAt(manifest.resources, problem.start);
  if (resource === undefined || findPackRule(problem.rule) === undefined) return [];
  const before = at(resource.value, ['metadata', 'annotations', ignoreAnnotation]);
  const rules = typeof before === 'string' && before !== '' ? `${before}, ` : '';
  const fields = [
    {
      set: ['metadata', 'annotations'],
      to: { [ignoreAnnotation]: `${rules}${problem.rule}` },
    },
  ];
  const title = `Ignore ${problem.rule} in this ${resource.kind}`;
  const fix = changeFix(resource, { title, fields }, manifest.text);
  if (fix === undefined) return [];
  const diagnostics = [diagnosticOf(problem, document)];
  return [{ ...actionOf(fix, CodeActionKind.QuickFix, document), diagnostics }];
}

function diagnosticOf(problem: Problem, document: TextDocument): Diagnostic {
  return {
    range: rangeIn(document, problem.start, problem.end),
    message: problem.message,
    code: problem.rule,
    source: 'skiff',
  };
}
