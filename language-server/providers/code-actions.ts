/** Quick fixes for what the rules found, fixes for a whole file, and what is worth adding. */
import {
  type CodeAction,
  CodeActionKind,
  type Diagnostic,
  type Range,
} from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { parse } from 'yaml';
import { additionOf } from '../fixes/add-field.ts';
import { containerFixesAt } from '../fixes/container.ts';
import { inJson } from '../fixes/json.ts';
import { migrationOf } from '../fixes/migrate.ts';
import { creationOf, manifestOf } from '../fixes/missing.ts';
import { keyFixes } from '../fixes/missing-key.ts';
import { missingSelector, selectorFixes } from '../fixes/selector.ts';
import { changeFix } from '../fixes/set-field.ts';
import { tabsFix } from '../fixes/tabs.ts';
import { at } from '../references/fields.ts';
import type { Workspace } from '../references/workspace.ts';
import { gvkOf, type Resource } from '../routing/manifest-file.ts';
import { resourceAt } from '../routing/path-at.ts';
import { type CheckContext, checkFile } from '../rules/check.ts';
import { findPackRule } from '../rules/packs/registry.ts';
import type { Edit, Fix, Problem } from '../rules/problem.ts';
import { ignoreAnnotation } from '../rules/suppression.ts';
import { isJson, type OpenFile, rangeIn } from './open-file.ts';

/** All fixes that leave no doubt, at once; editors run it on saving where they are told to. */
export const fixAllKind = `${CodeActionKind.SourceFixAll}.skiff`;

export interface CodeActionOptions {
  /** The kinds that are asked for; any, if left out. */
  readonly only?: readonly string[] | undefined;
  /** What other files hold, for fixes that belong there. */
  readonly workspace?: Workspace;
  /** The URI for a new file of this name beside the open one; left out where none can be made. */
  readonly newFile?: ((name: string) => string | undefined) | undefined;
}

/**
 * The fixes for problems that touch `range`, what could be added there, and the way to silence each
 * problem.
 */
export function codeActionsAt(
  file: OpenFile,
  range: Range,
  context: CheckContext,
  { only, workspace, newFile }: CodeActionOptions = {},
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
      ...problems.flatMap((problem) => fixesElsewhere(problem, file, { workspace, newFile })),
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
  const selectors =
    resource !== undefined && /`selector` does not match/.test(problem.message)
      ? selectorFixes(resource, manifest.text)
      : [];
  return [first, tabsFix(problem, manifest.text), ...selectors, creationOf(problem, manifest)]
    .filter((fix) => fix !== undefined)
    .map((fix, index) => ({
      ...actionOf(fix, CodeActionKind.QuickFix, document),
      isPreferred: index === 0,
      diagnostics: [diagnosticOf(problem, document)],
    }));
}

/** What is missing, put into the file where it belongs or into one of its own. */
function fixesElsewhere(
  problem: Problem,
  { document, manifest }: OpenFile,
  { workspace, newFile }: CodeActionOptions,
): CodeAction[] {
  const diagnostics = [diagnosticOf(problem, document)];
  const kind = CodeActionKind.QuickFix;
  const keys = workspace === undefined ? [] : keyFixes(problem, workspace);
  const actions: CodeAction[] = keys.map(({ title, uri, edits }) => ({
    title,
    kind,
    diagnostics,
    edit: { changes: { [uri]: edits } },
  }));
  const text = manifestOf(problem, manifest);
  const { missing } = problem;
  if (text === undefined || missing === undefined) return actions;
  const asJson = isJson(document);
  const name = `${missing.name}-${missing.kind.toLowerCase()}.${asJson ? 'json' : 'yaml'}`;
  const uri = newFile?.(name);
  if (uri === undefined) return actions;
  const start = { line: 0, character: 0 };
  const newText = asJson ? `${JSON.stringify(parse(text), undefined, 2)}\n` : text;
  const edits = [{ range: { start, end: start }, newText }];
  const title = `Create ${missing.kind} "${missing.name}" in ${name}`;
  const documentChanges = [
    { kind: 'create' as const, uri },
    { textDocument: { uri, version: null }, edits },
  ];
  return [...actions, { title, kind, diagnostics, edit: { documentChanges } }];
}

/** Fixes that take some work, so they are made only when asked for. */
function structuralFix(
  problem: Problem,
  resource: Resource,
  { catalog }: CheckContext,
  text: string,
): Fix | undefined {
  if (problem.change !== undefined) return changeFix(resource, problem.change, text);
  if (problem.rule === 'removed-api') return migrationOf(resource, text);
  if (problem.rule !== 'missing-field' || problem.path === undefined) return undefined;
  const gvk = gvkOf(resource);
  const schema = gvk && catalog.forKind(gvk);
  if (problem.path.join('.') === 'spec.selector') {
    const selector = missingSelector(resource, text);
    if (selector !== undefined) return selector;
  }
  return schema && additionOf(resource, problem.path, schema, catalog, text);
}

function additionsAt({ document, manifest }: OpenFile, offset: number): CodeAction[] {
  const resource = resourceAt(manifest.resources, offset);
  if (resource === undefined) return [];
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
  const whole = isJson(document) ? document.getText() : undefined;
  const edits = fix.edits.map((edit) => {
    const { start, end, text } = whole === undefined ? edit : inJson(edit, whole);
    return { range: rangeIn(document, start, end), newText: text };
  });
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
  if (isJson(document) || problem.rule === 'yaml-syntax') return [];
  // Several rules may speak of one line: their names go into one comment, before its reason.
  const before = /^.*#\s*skiff-ignore(?::\s*|\s+)[a-z][\w-]*(?:[\s,]+[a-z][\w-]*)*/.exec(
    written,
  )?.[0];
  const isTaken = written.includes('#') || /[|>][-+\d]*$/.test(written);
  if (before === undefined && isTaken) return [];
  const end = { line, character: (before ?? written).length };
  const newText = before === undefined ? ` # skiff-ignore ${problem.rule}` : `, ${problem.rule}`;
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
