/** Whether one expression can be compiled, names only what there is, and gives what it has to. */
import type { CelEnvironment, CelProgram } from '../cel/environment.ts';
import { infer } from '../cel/infer.ts';
import { any, type CelType } from '../cel/types.ts';
import type { Problems } from '../validation/problems.ts';

export interface Expected {
  readonly environment: CelEnvironment;
  /** What is known of variables; the others may be anything. */
  readonly known: Readonly<Record<string, CelType>>;
  /** Types of which it must have one: `bool`, `string`, `list`, `map`, `null`; `any` is all of them. */
  readonly types: readonly string[];
  /** What is said of another type; by default `must evaluate to bool`. */
  readonly wrongType?: (type: string) => string;
  /** What is said before why it cannot be compiled; by default `compilation failed`. */
  readonly failed?: string;
  /** What errors quote; by default the expression. */
  readonly quoted?: unknown;
}

/** Says what is wrong with an expression that is there, and whether it is right. The words are the original's. */
export function checkExpression(
  expression: string,
  { environment, known, types, wrongType, failed = 'compilation failed', quoted }: Expected,
  field: string,
  problems: Problems,
): boolean {
  const refuse = (why: string) => {
    problems.invalid(field, quoted ?? expression, why);
    return false;
  };
  let program: CelProgram;
  try {
    program = environment.compile(expression);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return refuse(`${failed}: ${why}`);
  }
  const { problem, type: inferred } = infer(program, known);
  if (problem !== undefined) return refuse(`${failed}: ${problem}`);
  const type = isOpen(program.type) ? (plain[inferred.kind] ?? program.type) : program.type;
  return types.some((wanted) => fits(type, wanted)) || refuse((wrongType ?? mustBe(types))(type));
}

function isOpen(type: string): boolean {
  return type === 'dyn' || type.startsWith('dyn<');
}

function fits(type: string, wanted: string): boolean {
  return wanted === 'any' || isOpen(type) || type === wanted || type.startsWith(`${wanted}<`);
}

/** The kinds of types that leave no doubt. */
const plain: Readonly<Partial<Record<CelType['kind'], string>>> = {
  ...{ string: 'string', bool: 'bool', int: 'int', double: 'double', list: 'list' },
};

function mustBe(types: readonly string[]): () => string {
  const names = types.map((name) => (name === 'null' ? 'null_type' : name));
  const what = names.length === 1 ? `${names[0]}` : `one of [${names.join(' ')}]`;
  return () => `must evaluate to ${what}`;
}

/** What an expression gives, as far as it can be told; never throws. */
export function typeOf(
  expression: string,
  environment: CelEnvironment,
  known: Readonly<Record<string, CelType>>,
): CelType {
  try {
    return infer(environment.compile(expression), known).type;
  } catch {
    // What is wrong with it is said by `checkExpression`.
    return any;
  }
}
