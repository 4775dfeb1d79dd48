/** What a rule reports, in offsets of the file; LSP and the command line each make their own of it. */

import type { Path } from '../../runtime/api/structure-problem.ts';
import type { Change } from './packs/pack-rule.ts';

export type Severity = 'error' | 'warning' | 'information' | 'hint';

/** Rules that are always on; those of packs are in packs/registry.ts. */
export const coreRuleIds = [
  'yaml-syntax',
  'unknown-kind',
  'removed-api',
  'deprecated-api',
  'unknown-field',
  'missing-field',
  'wrong-type',
  'invalid-value',
  'invalid-object',
  'server-warning',
  'duplicate-object',
  'dangling-reference',
  'missing-key',
  'unknown-port',
  'selector-matches-nothing',
  'pod-security-enforced',
] as const;

export type CoreRuleId = (typeof coreRuleIds)[number];

/** Of a rule that is always on, or of one of a pack. */
export type RuleId = string;

export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface Fix {
  readonly title: string;
  readonly edits: readonly Edit[];
  /** There is no doubt about it, so it may be made without being looked at. */
  readonly safe?: boolean;
}

/** One text in place of another. */
export function replaceFix(text: string, start: number, end: number): Fix {
  return { title: `Change to "${text}"`, edits: [{ start, end, text }] };
}

export interface Problem {
  readonly rule: RuleId;
  readonly severity: Severity;
  readonly message: string;
  readonly start: number;
  readonly end: number;
  /** The field that is wrong, or that a misspelled one was meant to be. */
  readonly path?: Path;
  /** Where the mistake is in the text that is underlined, once YAML's own signs are taken off it. */
  readonly within?: { readonly value: string; readonly offset: number };
  /** What is underlined works no more, or will not for ever; editors strike it through. */
  readonly deprecated?: boolean;
  /** Changes of the object's fields that put it right; no places in the text, so it may move. */
  readonly change?: Change;
  /** A change to the same file that puts it right. */
  readonly fix?: Fix;
  /** The same, made only when somebody asks for it. */
  makeFix?(): Fix | undefined;
  /** The object that is named and is not there; it can be made. */
  readonly missing?: {
    readonly kind: string;
    readonly name: string;
    readonly namespace: string | undefined;
  };
  /** The key that a ConfigMap or Secret is to have and has not. */
  readonly missingKey?: {
    readonly kind: string;
    readonly name: string;
    readonly namespace: string | undefined;
    readonly key: string;
  };
  /** Documentation of the matter. */
  readonly url?: string;
}
