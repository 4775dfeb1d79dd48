/** `check PATH…`: the editor's diagnostics without an editor. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { Checker } from '../checker.ts';
import type { Files } from '../files.ts';
import { openFile } from '../providers/open-file.ts';
import { checkFile } from '../rules/check.ts';
import { isPack, packIds } from '../rules/packs/pack-rule.ts';
import type { Severity } from '../rules/problem.ts';
import { defaultSettings, isLevel, isRule, type Settings } from '../settings.ts';
import { type FileReport, formats, isFormat, type Report, ruleList } from './formats.ts';

export interface CheckOptions {
  readonly schemaDirectory: string;
  readonly files: Files;
  readonly cwd: string;
  out(text: string): void;
  error(text: string): void;
}

const usage = `Usage: language-server check PATH... [--format text|json|sarif] [--hints]
                             [--pack NAME]... [--rule NAME=SEVERITY]...
       language-server check --rules [--format text|json]

Checks Kubernetes manifests. Folders are searched for .yaml, .yml and .json files; files that hold
no Kubernetes objects are left alone.

  --format   how to print what is found (default text)
  --hints    also print hints, which an editor shows without a line
  --pack     check the rules of a pack as well: best-practice, pod-security-baseline or
             pod-security-restricted (which includes baseline); all for all of them
  --rule     give a rule another severity (error, warning, information, hint or off); a rule of a
             pack is switched on by it
  --rules    list all rules instead of checking anything
  --help     print this

Exit status: 0 nothing wrong, 1 errors found, 2 bad usage.
`;

/** Runs the command and returns its exit status. */
export async function runCheck(args: readonly string[], options: CheckOptions): Promise<number> {
  const parsed = parse(args);
  if (typeof parsed === 'string') {
    options.error(`${parsed}; see --help\n`);
    return 2;
  }
  if (parsed.help) {
    options.out(usage);
    return 0;
  }
  if (parsed.rules) {
    options.out(ruleList(parsed.format));
    return 0;
  }
  const texts = await readAll(parsed.paths, options);
  if (typeof texts === 'string') {
    options.error(`${texts}\n`);
    return 2;
  }
  const report = checkAll(texts, options, parsed);
  options.out(formats[parsed.format](report, options.cwd));
  return report.errors > 0 ? 1 : 0;
}

interface Parsed {
  readonly help: boolean;
  readonly hints: boolean;
  readonly rules: boolean;
  readonly settings: Settings;
  readonly format: keyof typeof formats;
  readonly paths: readonly string[];
}

/** What was asked for, or what is wrong with it. */
function parse(args: readonly string[]): Parsed | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        format: { type: 'string', default: 'text' },
        help: { type: 'boolean', default: false },
        hints: { type: 'boolean', default: false },
        pack: { type: 'string', multiple: true, default: [] },
        rule: { type: 'string', multiple: true, default: [] },
        rules: { type: 'boolean', default: false },
      },
    });
    const [command, ...paths] = positionals;
    const { help, hints, format, rules } = values;
    const settings = settingsOf(values.pack, values.rule);
    if (help) return { help, hints, rules, format: 'text', paths, settings: defaultSettings };
    if (command === undefined) return 'no command; the command is check';
    if (command !== 'check') return `unknown command "${command}"; the command is check`;
    if (paths.length === 0 && !rules) return 'check needs a file or a folder';
    if (!isFormat(format)) return `unknown format "${format}"; text, json or sarif`;
    if (typeof settings === 'string') return settings;
    return { help, hints, rules, format, paths, settings };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The packs and severities that are asked for, or what is wrong with them. */
function settingsOf(packs: readonly string[], rules: readonly string[]): Settings | string {
  const names = packs.flatMap((pack) => (pack === 'all' ? packIds : pack));
  const unknown = names.find((name) => !isPack(name));
  if (unknown !== undefined) return `unknown pack "${unknown}"; ${packIds.join(', ')} or all`;
  const severities: Record<string, Severity | 'off'> = {};
  for (const rule of rules) {
    const [name = '', level] = rule.split('=');
    if (!isRule(name)) return `unknown rule "${name}"; check --rules lists them`;
    if (!isLevel(level)) return `--rule ${name} needs a severity: ${name}=warning`;
    severities[name] = level;
  }
  return { ...defaultSettings, packs: names.filter(isPack), severities };
}

/** Path → text, in the order given; a path that is not there is an error. */
async function readAll(
  paths: readonly string[],
  { files, cwd }: CheckOptions,
): Promise<Map<string, string> | string> {
  const texts = new Map<string, string>();
  for (const given of paths) {
    const path = resolve(cwd, given);
    if (!files.exists(path)) return `no such file or folder: ${given}`;
    for await (const file of files.find(path)) {
      const text = await files.read(file);
      if (text !== undefined) texts.set(file, text.replace(/^\uFEFF/, ''));
    }
  }
  return texts;
}

function checkAll(
  texts: ReadonlyMap<string, string>,
  options: CheckOptions,
  { hints, settings }: Pick<Parsed, 'hints' | 'settings'>,
): Report {
  const checker = new Checker(options.schemaDirectory, options.files);
  for (const [path, text] of texts) checker.index(pathToFileURL(path).href, text);
  const reports: FileReport[] = [];
  for (const [path, text] of texts) {
    const uri = pathToFileURL(path).href;
    const context = checker.contextFor(uri, settings);
    if (context === undefined) continue;
    const document = TextDocument.create(uri, 'yaml', 0, text);
    const problems = checkFile(openFile(document).manifest, context)
      .filter(({ severity }) => hints || severity !== 'hint')
      .map((problem) => ({
        rule: problem.rule,
        severity: problem.severity,
        message: problem.message,
        start: document.positionAt(problem.start),
        end: document.positionAt(problem.end),
      }));
    reports.push({ path, problems });
  }
  const all = reports.flatMap(({ problems }) => problems);
  return {
    files: reports,
    errors: all.filter(({ severity }) => severity === 'error').length,
    warnings: all.filter(({ severity }) => severity === 'warning').length,
  };
}
