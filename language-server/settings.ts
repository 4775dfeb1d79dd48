/** The `skiff` section of the user's settings, as far as this server reads it. */
import { type RuleId, ruleIds, type Severity } from './rules/problem.ts';

export interface Settings {
  readonly validate: boolean;
  readonly severities: Readonly<Partial<Record<RuleId, Severity | 'off'>>>;
}

export const defaultSettings: Settings = { validate: true, severities: {} };

const levels = new Set(['off', 'hint', 'information', 'warning', 'error']);

/** Reads `{ validation: { enabled, rules: { "unknown-field": "warning" } } }`; ignores what is not. */
export function readSettings(section: unknown): Settings {
  const validation = record(record(section).validation);
  const severities: Partial<Record<RuleId, Severity | 'off'>> = {};
  for (const [rule, level] of Object.entries(record(validation.rules))) {
    if (isRule(rule) && isLevel(level)) severities[rule] = level;
  }
  return { validate: validation.enabled !== false, severities };
}

function isRule(name: string): name is RuleId {
  return ruleIds.some((rule) => rule === name);
}

function isLevel(level: unknown): level is Severity | 'off' {
  return typeof level === 'string' && levels.has(level);
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
