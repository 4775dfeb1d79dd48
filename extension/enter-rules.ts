/**
 * How far in the cursor stands after Enter in YAML, for which the editor has no rules of its own: it
 * keeps to the line above, where an object or a list begins as well.
 */

export interface EnterRule {
  readonly beforeText: RegExp;
  /** Columns further in than a step. */
  readonly more?: string;
}

const key = /(?:"[^"]*"|'[^']*'|[\w./-]+)/.source;
const comment = /(?:\s+#.*)?$/.source;
/** Nothing, an anchor or tag, or the sign of text that spans lines. */
const begins = /(?:\s+[&!]\S*)?(?:\s+[|>][-+\d]*)?\s*/.source;

/** Each goes a step in; the first that fits counts. */
export const enterRules: readonly EnterRule[] = [
  // What an item's first field holds stands behind that field, not behind the dash.
  { beforeText: new RegExp(`^\\s*-\\s+${key}\\s*:${begins}${comment}`), more: '  ' },
  { beforeText: new RegExp(`^\\s*${key}\\s*:${begins}${comment}`) },
  // The item's next field.
  { beforeText: new RegExp(`^\\s*-\\s+${key}\\s*:\\s+\\S`) },
  { beforeText: new RegExp(`^\\s*-\\s+[|>][-+\\d]*\\s*${comment}`) },
];
