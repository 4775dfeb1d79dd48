/**
 * What calls of functions cost. As Kubernetes estimates them
 * (k8s.io/apiserver/pkg/cel/library), and cel-go for the functions of the language itself.
 */
import type { CelType } from '../../cel/types.ts';
import {
  endless,
  perCharacter,
  perPatternCharacter,
  plus,
  productOf,
  type Size,
  scaled,
  sumOf,
  times,
  unknownSize,
} from './amounts.ts';

/** A part of an expression whose own cost is known. */
export interface Part {
  readonly type: CelType;
  readonly size: Size | undefined;
  /** Of a list's items, for the longest of them. */
  readonly itemSize: Size;
  /** A literal's value. */
  readonly literal?: unknown;
}

/** What a call costs besides its arguments; `size` of the result where it can be told. */
export interface CallCost {
  readonly cost: number;
  readonly size?: Size;
}

type Estimate = (target: Part | undefined, args: readonly Part[]) => CallCost | undefined;

const one: CallCost = { cost: 1 };
const sizeOf = (part: Part | undefined) => part?.size ?? unknownSize;
const isText = (type: CelType | undefined) => type?.kind === 'string' || type?.kind === 'bytes';

/** A pattern against a text; an empty text is worth one character. */
function matching(text: Size, pattern: Size): number {
  const perText = scaled(plus(text.max, 1), perCharacter);
  return times(perText, scaled(pattern.max, perPatternCharacter));
}

/** The cost of going through a text, which stays as long as it was. */
const through: Estimate = (target) => {
  if (target === undefined) return undefined;
  return { cost: scaled(sizeOf(target).max, perCharacter), size: sizeOf(target) };
};

/** The same for a function of its own, and of a text that it is given. */
const throughFirst: Estimate = (_, [text]) => {
  return { cost: scaled(sizeOf(text).max, perCharacter), size: sizeOf(text) };
};

/** Once through a list, and through all of its texts. */
const throughList: Estimate = (target) => {
  if (target === undefined) return undefined;
  const { type, itemSize } = target;
  if (type.element === undefined) return { cost: scaled(sizeOf(target).max, perCharacter) };
  const each = isText(type.element) ? scaled(itemSize.max, perCharacter) : 0;
  return { cost: times(sizeOf(target).max, plus(1, each)) };
};

const found: Estimate = (target, args) => {
  if (target === undefined || args.length === 0) return undefined;
  const text = sizeOf(target);
  return { cost: matching(text, sizeOf(args[0])), size: { min: 0, max: text.max } };
};

const sets =
  (factor: number): Estimate =>
  (_, args) => {
    if (args.length !== 2) return undefined;
    const pairs = productOf(sizeOf(args[0]), sizeOf(args[1]));
    return { cost: plus(scaled(pairs.max, factor), 1) };
  };

const addressBytes = scaled(32, perCharacter);

/** Of a range of addresses and what may lie in it; a text has to be read first. */
const containing =
  (base: number): Estimate =>
  (target, [other]) => {
    if (target === undefined) return undefined;
    const read = isText(other?.type) ? scaled(sizeOf(other).max, perCharacter) : 0;
    return { cost: plus(base, read) };
  };

/** The longest and the shortest that a text can become. */
function replacedSize(text: Size, before: Size, after: Size): Size {
  return { min: leastReplaced(text, before, after), max: mostReplaced(text, before, after) };
}

function mostReplaced(text: Size, before: Size, after: Size): number {
  // What replaces nothing stands around each character.
  if (before.min === 0) return plus(times(plus(text.max, 1), after.max), text.max);
  if (after.max <= before.min) return text.max;
  return times(Math.ceil(text.max / before.min), after.max);
}

function leastReplaced(text: Size, before: Size, after: Size): number {
  if (before.max === 0) return plus(times(plus(text.min, 1), after.min), text.min);
  if (before.max <= after.min) return text.min;
  return times(Math.ceil(text.min / before.max), after.min);
}

const estimates: Readonly<Record<string, Estimate>> = {
  isSorted: throughList,
  sum: throughList,
  min: throughList,
  max: throughList,
  indexOf: throughList,
  lastIndexOf: throughList,
  url: throughFirst,
  escapeKey: throughFirst,
  lowerAscii: through,
  upperAscii: through,
  substring: through,
  trim: through,
  find: found,
  findAll: found,
  replace: (target, args) => {
    if (target === undefined || args.length < 2) return undefined;
    const text = sizeOf(target);
    const size = replacedSize(text, sizeOf(args[0]), sizeOf(args[1]));
    return { cost: scaled(text.max, 2 * perCharacter), size };
  },
  split: (target, [, limit]) => {
    if (target === undefined) return undefined;
    const { max } = sizeOf(target);
    const pieces = typeof limit?.literal === 'bigint' ? Number(limit.literal) : max;
    const size = { min: 0, max: pieces < 0 ? endless : pieces };
    return { cost: scaled(max, 2 * perCharacter), size };
  },
  join: (target, [separator]) => {
    if (target === undefined) return undefined;
    const list = sizeOf(target);
    const between = { min: Math.max(list.min - 1, 0), max: Math.max(list.max - 1, 0) };
    const items = productOf(list, target.itemSize);
    const size =
      separator === undefined ? items : sumOf(items, productOf(sizeOf(separator), between));
    return { cost: scaled(size.max, perCharacter), size };
  },
  containsIP: containing(addressBytes),
  containsCIDR: containing(addressBytes + scaled(16, perCharacter) + 1),
  validate: (target, [text]) => {
    if (target === undefined) return undefined;
    // The longest pattern of a format has 128 characters.
    const read = scaled(sizeOf(text).max, perCharacter);
    return { cost: scaled(read, 128 * perPatternCharacter) };
  },
  'sets.contains': sets(1),
  'sets.intersects': sets(1),
  'sets.equivalent': sets(2),
  matches: (target, args) => {
    if (target === undefined || args.length !== 1) return undefined;
    return { cost: matching(sizeOf(target), sizeOf(args[0])) };
  },
  contains: (target, args) => {
    if (target === undefined || args.length !== 1) return undefined;
    const text = scaled(sizeOf(target).max, perCharacter);
    return { cost: times(text, scaled(sizeOf(args[0]).max, perCharacter)) };
  },
  startsWith: (_, [prefix]) => ({ cost: scaled(sizeOf(prefix).max, perCharacter) }),
  endsWith: (_, [suffix]) => ({ cost: scaled(sizeOf(suffix).max, perCharacter) }),
  format: (target, [values]) => {
    if (target === undefined) return undefined;
    const size = sumOf(sizeOf(target), sizeOf(values));
    return { cost: scaled(sizeOf(target).max, perCharacter), size };
  },
  bytes: (_, [text]) => {
    if (text?.type.kind !== 'string') return undefined;
    const { min, max } = sizeOf(text);
    return { cost: scaled(max, perCharacter), size: { min, max: times(max, 4) } };
  },
  string: (_, [bytes]) => {
    if (bytes?.type.kind !== 'bytes') return undefined;
    const { min, max } = sizeOf(bytes);
    return { cost: scaled(max, perCharacter), size: { min: Math.floor(min / 4), max } };
  },
  'strings.quote': (_, [text]) => {
    const { min, max } = sizeOf(text);
    const size = { min: plus(min, 2), max: plus(times(max, 2), 2) };
    return { cost: scaled(max, perCharacter), size };
  },
};

/**
 * What a call costs besides its parts.
 * @param name of a function of a namespace: `sets.contains`
 * @param target what it is called on; undefined for one that stands alone
 */
export function callCost(name: string, target: Part | undefined, args: readonly Part[]): CallCost {
  const estimate = Object.hasOwn(estimates, name) ? estimates[name] : undefined;
  return estimate?.(target, args) ?? one;
}
