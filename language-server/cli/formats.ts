/** How the command line prints what it found. */
import { relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Position } from 'vscode-languageserver';
import { allRules, packsOf, pageOf } from '../rules/documentation.ts';
import type { RuleId, Severity } from '../rules/problem.ts';

export interface FileReport {
  readonly path: string;
  readonly problems: readonly {
    readonly rule: RuleId;
    readonly severity: Severity;
    readonly message: string;
    readonly start: Position;
    readonly end: Position;
  }[];
}

export interface Report {
  readonly files: readonly FileReport[];
  readonly errors: number;
  readonly warnings: number;
}

type Format = (report: Report, cwd: string) => string;

export const formats = { text, json, sarif } satisfies Record<string, Format>;

export function isFormat(name: string): name is keyof typeof formats {
  return Object.hasOwn(formats, name);
}

/** `deploy.yaml:3:5: error: Unknown field …  [unknown-field]`, lines and columns from 1. */
function text(report: Report, cwd: string): string {
  const lines = report.files.flatMap(({ path, problems }) =>
    problems.map(({ start, severity, message, rule }) => {
      const place = `${relative(cwd, path)}:${start.line + 1}:${start.character + 1}`;
      return `${place}: ${severity}: ${message}  [${rule}]`;
    }),
  );
  const { errors, warnings, files } = report;
  lines.push(
    `${count(files.length, 'file')}: ${count(errors, 'error')}, ${count(warnings, 'warning')}`,
  );
  return `${lines.join('\n')}\n`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** Positions count from 0, as in the Language Server Protocol. */
function json(report: Report, cwd: string): string {
  const files = report.files.map(({ path, problems }) => ({
    path: relative(cwd, path),
    problems: problems.map(({ start, end, ...rest }) => ({ ...rest, range: { start, end } })),
  }));
  return `${JSON.stringify({ errors: report.errors, warnings: report.warnings, files }, null, 2)}\n`;
}

const levels = { error: 'error', warning: 'warning', information: 'note', hint: 'note' } as const;

/** https://docs.oasis-open.org/sarif/sarif/v2.1.0/ */
function sarif(report: Report, cwd: string): string {
  const results = report.files.flatMap(({ path, problems }) =>
    problems.map(({ rule, severity, message, start, end }) => ({
      ruleId: rule,
      level: levels[severity],
      message: { text: message },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: relativeUri(path, cwd), uriBaseId: '%SRCROOT%' },
            region: {
              startLine: start.line + 1,
              startColumn: start.character + 1,
              endLine: end.line + 1,
              endColumn: end.character + 1,
            },
          },
        },
      ],
    })),
  );
  const document = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'skiff', rules: allRules.map(sarifRule) } },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { '%SRCROOT%': { uri: `${pathToFileURL(cwd).href}/` } },
        results,
      },
    ],
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function sarifRule(rule: (typeof allRules)[number]): object {
  return {
    id: rule.id,
    shortDescription: { text: `${rule.title}.` },
    fullDescription: { text: rule.why },
    help: { text: rule.howToFix, markdown: pageOf(rule) },
    defaultConfiguration: { enabled: packsOf(rule).length === 0, level: levels[rule.severity] },
    properties: { tags: packsOf(rule) },
  };
}

/** `latest-tag  warning  best-practice  Images are named with a version`, one line a rule. */
export function ruleList(format: keyof typeof formats): string {
  if (format !== 'text') {
    const rules = allRules.map((rule) => ({ ...rule, packs: packsOf(rule) }));
    const fields = ['id', 'severity', 'packs', 'title', 'why', 'howToFix', 'sources'];
    return `${JSON.stringify(rules, fields, 2)}\n`;
  }
  const rows = allRules.map((rule) => {
    const packs = packsOf(rule);
    return [rule.id, rule.severity, packs.length === 0 ? 'always' : packs.join(','), rule.title];
  });
  const widths = [0, 1, 2].map((column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  const lines = rows.map((row) =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '),
  );
  return `${lines.join('\n')}\n`;
}

function relativeUri(path: string, cwd: string): string {
  return relative(cwd, path).split(/[\\/]/).map(encodeURIComponent).join('/');
}
