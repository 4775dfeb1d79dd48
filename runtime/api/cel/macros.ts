/**
 * Macros that the library lacks: those over two variables (a list's index and item, a map's key and
 * value), `existsOne`, and those of optional values.
 * https://pkg.go.dev/github.com/google/cel-go/ext#TwoVarComprehensions
 */
import { type Environment, Optional } from '@marcbachmann/cel-js';

/** What of the library's parts a macro sees; its own declarations do not say. */
interface Type {
  readonly kind: string;
  readonly keyType?: Type;
  readonly valueType?: Type;
}
interface Context {
  forkWithVariable(name: string, type: Type): Context;
  reuse(parent: Context): Context;
  setIterValue(value: unknown, evaluator: Evaluator): Context;
}
interface Checker {
  check(node: Node, context: Context): Type;
  getType(name: string): Type;
}
interface Evaluator {
  run(node: Node, context: Context): unknown;
}
interface Node {
  readonly op: string;
  readonly args: unknown;
}
interface Parsed {
  readonly args: readonly Node[];
  readonly receiver: Node;
}

/** Goes over a receiver's members; `each` gives the body's result and may end it early. */
interface Loop {
  readonly name: string;
  /** 1: the item, or a map's key. 2: index and item, or key and value. */
  readonly variables: 1 | 2;
  readonly bodies: number;
  readonly result: string;
  run(members: readonly Member[], body: (member: Member, index: number) => unknown): unknown;
}
type Member = readonly [key: unknown, value: unknown];

const loops: readonly Loop[] = [
  { name: 'all', variables: 2, bodies: 1, result: 'bool', run: runAll },
  { name: 'exists', variables: 2, bodies: 1, result: 'bool', run: runExists },
  { name: 'existsOne', variables: 2, bodies: 1, result: 'bool', run: runExistsOne },
  { name: 'exists_one', variables: 2, bodies: 1, result: 'bool', run: runExistsOne },
  { name: 'existsOne', variables: 1, bodies: 1, result: 'bool', run: runExistsOne },
  { name: 'transformList', variables: 2, bodies: 1, result: 'list', run: runList },
  { name: 'transformList', variables: 2, bodies: 2, result: 'list', run: runList },
  { name: 'transformMap', variables: 2, bodies: 1, result: 'map', run: runMap },
  { name: 'transformMap', variables: 2, bodies: 2, result: 'map', run: runMap },
  { name: 'transformMapEntry', variables: 2, bodies: 1, result: 'map', run: runEntries },
  { name: 'transformMapEntry', variables: 2, bodies: 2, result: 'map', run: runEntries },
];

export function registerMacros(environment: Environment): void {
  for (const loop of loops) {
    const asts = Array.from({ length: loop.variables + loop.bodies }, () => 'ast').join(', ');
    register(environment, `list.${loop.name}(${asts}): ${loop.result}`, (parsed) =>
      expandLoop(loop, parsed),
    );
  }
  register(environment, 'optional.optMap(ast, ast): optional<dyn>', (parsed) =>
    expandOptional(parsed, (value) => Optional.of(value)),
  );
  register(environment, 'optional.optFlatMap(ast, ast): optional<dyn>', (parsed) =>
    expandOptional(parsed, (value) => {
      if (!(value instanceof Optional)) throw new Error('no such overload');
      return value;
    }),
  );
  environment.registerFunction(
    'OptionalNamespace.ofNonZeroValue(dyn): optional<dyn>',
    (_, value: unknown) => (isZero(value) ? Optional.none() : Optional.of(value)),
  );
}

function register(
  environment: Environment,
  signature: string,
  expand: (parsed: Parsed) => object,
): void {
  environment.registerFunction(signature, expand as never);
}

function isZero(value: unknown): boolean {
  if (value === null || value === false || value === '') return true;
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value) === 0;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function nameOf(node: Node | undefined): string {
  if (node?.op !== 'id') throw new Error('argument must be a simple name');
  return String(node.args);
}

function expandLoop(loop: Loop, { args, receiver }: Parsed): object {
  const names = args.slice(0, loop.variables).map(nameOf);
  const bodies = args.slice(loop.variables);
  const [body, filter] = bodies.length === 2 ? [bodies[1], bodies[0]] : [bodies[0], undefined];
  if (body === undefined) throw new Error('a macro without a body');
  const contexts: Context[] = [];
  return {
    async: false,
    typeCheck(checker: Checker, _: unknown, context: Context): Type {
      const [key, value] = memberTypes(checker, checker.check(receiver, context));
      let inner = context;
      contexts.length = 0;
      const types = loop.variables === 2 ? [key, value] : [value];
      for (const [index, type] of types.entries()) {
        inner = inner.forkWithVariable(names[index] ?? '', type);
        contexts.push(inner);
      }
      for (const each of bodies) checker.check(each, inner);
      return checker.getType(loop.result);
    },
    evaluate(evaluator: Evaluator, _: unknown, context: Context): unknown {
      const members = membersOf(evaluator.run(receiver, context), loop.variables);
      const inside = (member: Member, node: Node) => {
        const values = loop.variables === 2 ? member : [member[1]];
        const inner = contexts.reduce(
          (outer, own, index) => own.reuse(outer).setIterValue(values[index], evaluator),
          context,
        );
        return evaluator.run(node, inner);
      };
      const kept =
        filter === undefined
          ? members
          : members.filter((member) => inside(member, filter) === true);
      return loop.run(kept, (member) => inside(member, body));
    },
  };
}

function memberTypes(checker: Checker, type: Type): [Type, Type] {
  const dyn = checker.getType('dyn');
  if (type.kind === 'list') return [checker.getType('int'), type.valueType ?? dyn];
  return [type.keyType ?? dyn, type.valueType ?? dyn];
}

function membersOf(collection: unknown, variables: 1 | 2): Member[] {
  if (Array.isArray(collection)) return collection.map((item, index) => [BigInt(index), item]);
  if (collection === null || typeof collection !== 'object') throw new Error('no such overload');
  const entries =
    collection instanceof Map ? [...collection.entries()] : Object.entries(collection);
  return variables === 2 ? entries : entries.map(([key]) => [key, key]);
}

type Run = Loop['run'];

/** An error counts only if no other member decides. */
function decided(members: readonly Member[], body: Parameters<Run>[1], decisive: boolean): boolean {
  let failure: unknown;
  for (const [index, member] of members.entries()) {
    try {
      if (body(member, index) === decisive) return decisive;
    } catch (error) {
      failure ??= error;
    }
  }
  if (failure !== undefined) throw failure;
  return !decisive;
}

function runAll(members: readonly Member[], body: Parameters<Run>[1]): boolean {
  return decided(members, body, false);
}

function runExists(members: readonly Member[], body: Parameters<Run>[1]): boolean {
  return decided(members, body, true);
}

function runExistsOne(members: readonly Member[], body: Parameters<Run>[1]): boolean {
  return members.filter((member, index) => body(member, index) === true).length === 1;
}

function runList(members: readonly Member[], body: Parameters<Run>[1]): unknown[] {
  return members.map(body);
}

function runMap(members: readonly Member[], body: Parameters<Run>[1]): object {
  return Object.fromEntries(
    members.map((member, index) => [String(member[0]), body(member, index)]),
  );
}

function runEntries(members: readonly Member[], body: Parameters<Run>[1]): object {
  const result: Record<string, unknown> = {};
  for (const [index, member] of members.entries()) {
    for (const [key, value] of Object.entries(body(member, index) as object)) {
      if (Object.hasOwn(result, key)) {
        throw new Error(`insert failed: key ${JSON.stringify(key)} already exists`);
      }
      result[key] = value;
    }
  }
  return result;
}

function expandOptional({ args, receiver }: Parsed, wrap: (value: unknown) => unknown): object {
  const name = nameOf(args[0]);
  const body = args[1];
  if (body === undefined) throw new Error('a macro without a body');
  let inner: Context | undefined;
  return {
    async: false,
    typeCheck(checker: Checker, _: unknown, context: Context): Type {
      const type = checker.check(receiver, context);
      inner = context.forkWithVariable(name, type.valueType ?? checker.getType('dyn'));
      checker.check(body, inner);
      return checker.getType('optional<dyn>');
    },
    evaluate(evaluator: Evaluator, _: unknown, context: Context): unknown {
      const value = evaluator.run(receiver, context);
      if (!(value instanceof Optional)) throw new Error('no such overload');
      if (!value.hasValue() || inner === undefined) return Optional.none();
      return wrap(evaluator.run(body, inner.reuse(context).setIterValue(value.value(), evaluator)));
    },
  };
}
