/** Whether one expression can be compiled, names only what there is, and gives what it has to. */
import type { CelEnvironment, CelProgram } from '../cel/environment.ts';
import { infer } from '../cel/fields.ts';
import type { Schema } from '../schema.ts';
import type { Problems } from '../validation/problems.ts';

export interface Expected {
  readonly environment: CelEnvironment;
  /** What is known of variables; the others may be anything. */
  readonly known: Readonly<Record<string, Schema>>;
  /** What stands for a schema on the way down; left out, the schema itself. */
  readonly resolve?: (schema: Schema) => Schema;
  /** Types of which it must have one: `bool`, `string`, `list`, `map`, `null`; `any` is all of them. */
  readonly types: readonly string[];
  /** What is said of another type; by default `must evaluate to bool`. */
  readonly wrongType?: (type: string) => string;
}

/** Says what is wrong with an expression that is there. The words are the original's. */
export function checkExpression(
  expression: string,
  { environment, known, resolve = (found) => found, types, wrongType }: Expected,
  field: string,
  problems: Problems,
): void {
  let program: CelProgram;
  try {
    program = environment.compile(expression);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    problems.invalid(field, expression, `compilation failed: ${why}`);
    return;
  }
  const { problem, schema } = infer(program, { variables: known, resolve });
  if (problem !== undefined) {
    problems.invalid(field, expression, `compilation failed: ${problem}`);
    return;
  }
  const type = isOpen(program.type) ? (typeOf(schema) ?? program.type) : program.type;
  if (!types.some((wanted) => fits(type, wanted))) {
    problems.invalid(field, expression, (wrongType ?? mustBe(types))(type));
  }
}

function isOpen(type: string): boolean {
  return type === 'dyn' || type.startsWith('dyn<');
}

function fits(type: string, wanted: string): boolean {
  return wanted === 'any' || isOpen(type) || type === wanted || type.startsWith(`${wanted}<`);
}

const plain: Readonly<Record<string, string>> = {
  ...{ string: 'string', boolean: 'bool', integer: 'int', number: 'double' },
  array: 'list',
};

/** The type of a field's value, where its schema leaves no doubt. */
function typeOf(schema: Schema | undefined): string | undefined {
  if (schema?.type === undefined || schema.format !== undefined) return undefined;
  return schema['x-kubernetes-int-or-string'] === true ? undefined : plain[schema.type];
}

function mustBe(types: readonly string[]): () => string {
  const names = types.map((name) => (name === 'null' ? 'null_type' : name));
  const what = names.length === 1 ? `${names[0]}` : `one of [${names.join(' ')}]`;
  return () => `must evaluate to ${what}`;
}

/** What an expression gives, as far as it can be told; never throws. */
export function schemaOf(
  expression: string,
  environment: CelEnvironment,
  known: Readonly<Record<string, Schema>>,
): Schema | undefined {
  try {
    const program = environment.compile(expression);
    return infer(program, { variables: known, resolve: (schema) => schema }).schema;
  } catch {
    // What is wrong with it is said by `checkExpression`.
    return undefined;
  }
}
