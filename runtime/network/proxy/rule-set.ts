/**
 * A set of nftables rules as data, and the difference of two as one transaction for `nft -f -`.
 *
 * For example, from a service with one endpoint to the same service with two, where `services` sends
 * an address and port to a chain:
 *
 *     chains    svc/default/web/tcp/80: [dnat to 10.244.0.5:80]  →  [dnat ip to numgen random …]
 *     elements  services: 10.96.0.7 . tcp . 80 : goto svc/default/web/tcp/80  (as it was)
 *
 * gives `flush chain …` and `add rule …` for that one chain. Whatever else there is, is not touched.
 */

export interface RuleSet {
  /** What never changes while the table lives: hooks, and the maps and sets that `elements` fill. */
  readonly frame: string;
  /** Name to rules. */
  readonly chains: ReadonlyMap<string, readonly string[]>;
  /** Sets that the kernel fills by itself (clients and their endpoints): name to definition. */
  readonly dynamicSets: ReadonlyMap<string, string>;
  /** Map or set of the frame, to key, to value (empty in a set). */
  readonly elements: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /**
   * Where UDP may be going: `address port endpoint`. The kernel remembers a flow as long as packets
   * come, so those that have left this set must be forgotten by hand.
   */
  readonly flows: ReadonlySet<string>;
}

export type RuleChange =
  | { readonly type: 'add-set'; readonly name: string; readonly definition: string }
  | { readonly type: 'delete-set'; readonly name: string }
  | { readonly type: 'add-chain'; readonly name: string }
  | { readonly type: 'flush-chain'; readonly name: string }
  | { readonly type: 'delete-chain'; readonly name: string }
  | { readonly type: 'add-rule'; readonly chain: string; readonly rule: string }
  | {
      readonly type: 'add-element' | 'delete-element';
      readonly map: string;
      readonly key: string;
      readonly value: string;
    };

/**
 * The changes that turn one set of rules into another with the same frame, in an order in which the
 * kernel takes them: what is referred to is made first and removed last.
 */
export function difference(previous: RuleSet, next: RuleSet): RuleChange[] {
  const changes: RuleChange[] = [];
  for (const [name, definition] of next.dynamicSets) {
    if (!previous.dynamicSets.has(name)) changes.push({ type: 'add-set', name, definition });
  }
  // All chains before any rule, since rules may go to any chain.
  for (const name of next.chains.keys()) {
    if (!previous.chains.has(name)) changes.push({ type: 'add-chain', name });
  }
  for (const [chain, rules] of next.chains) {
    const before = previous.chains.get(chain);
    if (before !== undefined) {
      if (sameRules(before, rules)) continue;
      changes.push({ type: 'flush-chain', name: chain });
    }
    for (const rule of rules) changes.push({ type: 'add-rule', chain, rule });
  }
  changes.push(...elementChanges(previous, next));
  const gone = [...previous.chains.keys()].filter((name) => !next.chains.has(name));
  for (const name of gone) changes.push({ type: 'flush-chain', name });
  for (const name of gone) changes.push({ type: 'delete-chain', name });
  for (const name of previous.dynamicSets.keys()) {
    if (!next.dynamicSets.has(name)) changes.push({ type: 'delete-set', name });
  }
  return changes;
}

function elementChanges(previous: RuleSet, next: RuleSet): RuleChange[] {
  const deletions: RuleChange[] = [];
  const additions: RuleChange[] = [];
  for (const [map, elements] of next.elements) {
    const before = previous.elements.get(map) ?? new Map<string, string>();
    for (const [key, value] of before) {
      if (elements.get(key) !== value) deletions.push({ type: 'delete-element', map, key, value });
    }
    for (const [key, value] of elements) {
      if (before.get(key) !== value) additions.push({ type: 'add-element', map, key, value });
    }
  }
  return [...deletions, ...additions];
}

function sameRules(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((rule, index) => rule === b[index]);
}

/** One transaction: all of it takes effect at one moment, or none. Empty if nothing changes. */
export function renderChanges(table: string, changes: readonly RuleChange[]): string {
  return changes.map((change) => `${render(table, change)}\n`).join('');
}

function render(table: string, change: RuleChange): string {
  switch (change.type) {
    case 'add-set':
      return `add set ip ${table} ${change.name} { ${change.definition} }`;
    case 'delete-set':
      return `delete set ip ${table} ${change.name}`;
    case 'add-chain':
      return `add chain ip ${table} ${change.name}`;
    case 'flush-chain':
      return `flush chain ip ${table} ${change.name}`;
    case 'delete-chain':
      return `delete chain ip ${table} ${change.name}`;
    case 'add-rule':
      return `add rule ip ${table} ${change.chain} ${change.rule}`;
    case 'add-element': {
      const value = change.value === '' ? '' : ` : ${change.value}`;
      return `add element ip ${table} ${change.map} { ${change.key}${value} }`;
    }
    case 'delete-element':
      return `delete element ip ${table} ${change.map} { ${change.key} }`;
  }
}

/** Replaces the table, whether or not it was there, in one transaction. */
export function renderWhole(table: string, rules: RuleSet): string {
  const empty: RuleSet = {
    frame: rules.frame,
    chains: new Map(),
    dynamicSets: new Map(),
    elements: new Map(),
    flows: new Set(),
  };
  const fresh = `add table ip ${table}\ndelete table ip ${table}\n`;
  const frame = `table ip ${table} {\n${rules.frame}\n}\n`;
  return fresh + frame + renderChanges(table, difference(empty, rules));
}
