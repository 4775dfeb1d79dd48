/**
 * Numbers as the YAML reader of the Kubernetes tools knows them. It differs from YAML 1.1 to the
 * letter: `.`, `e3` and `12e4567` (the short hash of a commit) are text, `0o17` is an octal number,
 * and `1:30` is no number of base 60.
 */
import type { ScalarTag, Tags } from 'yaml';

type Tag = Tags[number];

const integer: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^[-+]?(?:0[bB][01_]+|0[oO][0-7_]+|0[xX][0-9a-fA-F_]+|0[0-7_]*|[1-9][0-9_]*)$/,
  resolve: (source) => readInteger(source),
};

const float: ScalarTag = {
  tag: 'tag:yaml.org,2002:float',
  default: true,
  test: /^[-+]?(?:\.[0-9][0-9_]*|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?$/,
  // What is beyond every number is text.
  resolve(source) {
    const value = Number(source.replaceAll('_', ''));
    return Number.isFinite(value) ? value : source;
  },
};

function readInteger(source: string): number {
  const negative = source.startsWith('-');
  const digits = source.replace(/^[-+]/, '').replaceAll('_', '');
  // A leading zero alone says octal, too.
  const value = /^0\d/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
  return negative ? -value : value;
}

/** The tags of YAML 1.1 with the numbers of the Kubernetes tools in place of its own, without dates and binary values. */
export function kubernetesTags(tags: Tags): Tags {
  return [...tags.filter((tag) => !isReplaced(tag)), integer, float];
}

function isReplaced(tag: Tag): boolean {
  if (typeof tag === 'string') return false;
  switch (tag.tag) {
    case 'tag:yaml.org,2002:timestamp':
    case 'tag:yaml.org,2002:binary':
    case 'tag:yaml.org,2002:int':
      return true;
    case 'tag:yaml.org,2002:float':
      // Infinity and what is no number stay.
      return !('test' in tag && tag.test?.test('.inf'));
    default:
      return false;
  }
}
