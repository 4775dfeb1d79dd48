/** The `skiff` section of the user's settings, as far as this server reads it. */
import { isPack, type PackId } from './rules/packs/pack-rule.ts';
import { findPackRule } from './rules/packs/registry.ts';
import { coreRuleIds, type RuleId, type Severity } from './rules/problem.ts';

export interface Settings {
  readonly validate: boolean;
  /** Rules that are asked for beyond those that are always on. */
  readonly packs: readonly PackId[];
  readonly severities: Readonly<Record<RuleId, Severity | 'off' | undefined>>;
  /** Whether the file at the path is one of manifests whatever it looks like. */
  readonly includes: (path: string) => boolean;
  /** Whether the file at the path is to be left alone. */
  readonly excludes: (path: string) => boolean;
  /** Whether defaulted values are shown in the text. */
  readonly inlayDefaults: boolean;
}

const never = () => false;

export const defaultSettings: Settings = {
  validate: true,
  packs: [],
  severities: {},
  includes: never,
  excludes: never,
  inlayDefaults: false,
};

const levels = new Set(['off', 'hint', 'information', 'warning', 'error']);

/**
 * Reads `{ validation: { enabled, packs: ["best-practice"], rules: { "unknown-field": "warning" },
 * include, exclude }, inlayHints: { defaults } }`; ignores what is not.
 */
export function readSettings(section: unknown): Settings {
  const validation = record(record(section).validation);
  const severities: Record<RuleId, Severity | 'off'> = {};
  for (const [rule, level] of Object.entries(record(validation.rules))) {
    if (isRule(rule) && isLevel(level)) severities[rule] = level;
  }
  return {
    validate: validation.enabled !== false,
    packs: Array.isArray(validation.packs) ? validation.packs.filter(isPack) : [],
    severities,
    includes: matcherOf(validation.include),
    excludes: matcherOf(validation.exclude),
    inlayDefaults: record(record(section).inlayHints).defaults === true,
  };
}

/** Whether one of the globs fits a path, or the end of it after a `/`. */
function matcherOf(globs: unknown): (path: string) => boolean {
  const texts = Array.isArray(globs) ? globs.filter((glob) => typeof glob === 'string') : [];
  if (texts.length === 0) return never;
  const patterns = texts.map((glob) => patternOf(glob));
  return (path) => patterns.some((pattern) => pattern.test(path.replaceAll('\\', '/')));
}

/**
 * `**` for any folders, `*` and `?` within a name, `{a,b}` for one of several.
 * @param start what may stand before it, as a regular expression: any folders
 */
export function patternOf(glob: string, start = '(?:^|/)'): RegExp {
  const body = glob
    .replace(/^\.?\/+/, '')
    .replace(/[.+^$()|[\]\\]/g, '\\$&')
    .replace(/\*\*\/|\*\*|\*|\?/g, (mark) =>
      mark === '**/' ? '(?:.*/)?' : mark === '**' ? '.*' : mark === '*' ? '[^/]*' : '[^/]',
    )
    .replace(/\{([^{}]*)\}/g, (_, list: string) => `(?:${list.replaceAll(',', '|')})`)
    .replace(/[{}]/g, '\\$&');
  return new RegExp(`${start}${body}$`);
}

/** Whether there is a rule of this name, in a pack or always on. */
export function isRule(name: string): boolean {
  return coreRuleIds.some((rule) => rule === name) || findPackRule(name) !== undefined;
}

export function isLevel(level: unknown): level is Severity | 'off' {
  return typeof level === 'string' && levels.has(level);
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
