/** What a rule of a pack is: what it looks for, and all that there is to say about it. One file a rule. */
import type { Path } from '../../../runtime/api/structure-problem.ts';
import type { Severity } from '../problem.ts';
import type { Subject } from './subject.ts';

/** Rules that are asked for together; none is on unless it is. */
export const packIds = [
  'best-practice',
  'pod-security-baseline',
  'pod-security-restricted',
] as const;

export type PackId = (typeof packIds)[number];

export function isPack(name: unknown): name is PackId {
  return packIds.some((pack) => pack === name);
}

/** What is said of a rule in the documentation; texts are Markdown. */
export interface RuleDocumentation {
  readonly id: string;
  /** Unless the settings say otherwise. */
  readonly severity: Severity;
  /** What is wanted, in one line and without a full stop. */
  readonly title: string;
  readonly why: string;
  readonly howToFix: string;
  /** A manifest in which it finds something, and one in which it finds nothing. */
  readonly bad?: string;
  readonly good?: string;
  /** Where it is written down. */
  readonly sources: readonly string[];
}

export interface PackRule extends RuleDocumentation {
  readonly packs: readonly PackId[];
  readonly bad: string;
  readonly good: string;
  /** What it finds depends on other objects as well, so it has to look again when they change. */
  readonly looksAround?: true;
  /** The rule that says less of the same thing, and is silent beside this one. */
  readonly covers?: string;
  check(subject: Subject): Finding[];
}

export interface Finding {
  /** Of the field that is wrong; one that is missing is shown at what it is missing from. */
  readonly path: Path;
  readonly message: string;
  /** What puts it right without breaking anything else. */
  readonly change?: Change;
}

export interface Change {
  readonly title: string;
  readonly fields: readonly FieldChange[];
  /** Means the same before and after, so that it may be made without being looked at. */
  readonly safe?: boolean;
}

export type FieldChange =
  /** Adds the field, or what is missing in it, or puts another plain value in the place of one. */
  | { readonly set: Path; readonly to: unknown }
  | { readonly remove: Path }
  | { readonly rename: Path; readonly to: string }
  /** Writes another object at the end of the file. */
  | { readonly append: Readonly<Record<string, unknown>> };
