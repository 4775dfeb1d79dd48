/**
 * `has(list[0].field)`: the library tests fields of names alone, the original those of whatever comes
 * before the last dot. https://github.com/google/cel-spec/blob/master/doc/langdef.md#macros
 */

/** What of the library's parts is used here; its own declarations do not say. */
interface Node {
  readonly op: string;
  readonly args: unknown;
  setMeta(name: 'macro', macro: Macro): void;
}
interface Type {
  fieldLazy(object: unknown, name: string, node: Node, evaluator: Evaluator): unknown;
}
interface Evaluator {
  run(node: Node, context: unknown): unknown;
  debugType(value: unknown): Type;
}
interface Checker {
  check(node: Node, context: unknown): unknown;
  getType(name: string): unknown;
}
interface Macro {
  readonly args: readonly Node[];
  readonly async: false;
  evaluate(evaluator: Evaluator, macro: Macro, context: unknown): unknown;
  typeCheck(checker: Checker, macro: Macro, context: unknown): unknown;
}

/** Lets a call of `has` take any object that a field is asked of. Other nodes stay as they are. */
export function widenHas(call: unknown): void {
  const { args } = call as Node;
  const [name, given] = args as [string, readonly Node[] | undefined];
  const field = given?.[0];
  if (name !== 'has' || given?.length !== 1 || field?.op !== '.') return;
  const [object, member] = field.args as [Node, string];
  if (startOf(object).op === 'id') return;
  (call as Node).setMeta('macro', {
    args: given,
    async: false,
    evaluate(evaluator, _, context) {
      const found = evaluator.run(object, context);
      return evaluator.debugType(found).fieldLazy(found, member, field, evaluator) !== undefined;
    },
    typeCheck(checker, _, context) {
      checker.check(object, context);
      return checker.getType('bool');
    },
  });
}

function startOf(node: Node): Node {
  let at = node;
  while (at.op === '.' || at.op === '.?') [at] = at.args as [Node];
  return at;
}
