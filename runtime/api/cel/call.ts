/** What a call in an expression is: of a function, of one in a namespace, or of a macro. */
import type { CelNode } from './environment.ts';

export interface Call {
  readonly kind:
    | 'binding'
    | 'dyn'
    | 'function'
    | 'has'
    /** Over a value that may not be there. */
    | 'optional'
    /** Over a list or map: whether entries are so, or what is made of them. */
    | 'test'
    | 'transform'
    /** Put around a value by rewrite.ts. */
    | 'wrap';
  /** Of a function of a namespace, with that: `sets.contains`. */
  readonly name: string;
  /** What it is called on; not the namespace. */
  readonly target: CelNode | undefined;
  readonly args: readonly CelNode[];
  /** The macro's own variables, which stand first in `args`. */
  readonly variables: readonly string[];
}

/** Functions that stand under a name which is no value. */
const namespaces = new Set(
  'base64 cel format ip jsonpatch lists math optional regex sets strings'.split(' '),
);
const tests = new Set(['all', 'exists', 'exists_one', 'existsOne']);
const transforms = new Set(['filter', 'map', 'transformList', 'transformMap', 'transformMapEntry']);

/**
 * @param node of a call, alone or on something
 * @param isVariable may the name be a value here?
 */
export function readCall(node: CelNode, isVariable: (name: string) => boolean): Call {
  const parts = node.args as [string, CelNode, CelNode[]] | [string, CelNode[]];
  const [called] = parts;
  const target = parts.length === 3 ? parts[1] : undefined;
  const args = parts.length === 3 ? parts[2] : parts[1];
  // What environment.ts has replaced.
  const name = called === 'matches_' ? 'matches' : called;
  const call = { name, target, args, variables: [] };
  if (target === undefined) return { kind: standAlone[name] ?? 'function', ...call };
  const space = target.op === 'id' ? String(target.args) : '';
  if (!namespaces.has(space) || isVariable(space)) return onValue(call);
  const isBinding = space === 'cel' && name === 'bind' && args.length === 3 && isName(args[0]);
  if (isBinding) return { ...call, kind: 'binding', variables: namesIn(args, 1) };
  return { kind: 'function', name: `${space}.${name}`, target: undefined, args, variables: [] };
}

const standAlone: Readonly<Record<string, Call['kind']>> = {
  ...{ dyn: 'dyn', entry_: 'wrap', folded_: 'wrap', has: 'has' },
};

function onValue(call: Omit<Call, 'kind'>): Call {
  const { name, args } = call;
  if (args.length < 2 || !isName(args[0])) return { kind: 'function', ...call };
  if (name === 'optMap' || name === 'optFlatMap') {
    return { ...call, kind: 'optional', variables: namesIn(args, 1) };
  }
  const isTest = tests.has(name);
  if (!isTest && !transforms.has(name)) return { kind: 'function', ...call };
  const two = name.startsWith('transform') || (isTest && args.length > 2);
  return { ...call, kind: isTest ? 'test' : 'transform', variables: namesIn(args, two ? 2 : 1) };
}

function isName(node: CelNode | undefined): boolean {
  return node?.op === 'id';
}

function namesIn(args: readonly CelNode[], count: number): string[] {
  return args.slice(0, count).map((node) => String(node.args));
}
