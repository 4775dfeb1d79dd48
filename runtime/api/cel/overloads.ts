/**
 * What a call gives for values of certain types, as the library itself tells: a call of that shape is
 * compiled with a variable of each type in place of what stands there.
 *
 *     self.name.startsWith(self.count)  →  string_.startsWith(int_)  →  no matching overload
 */
import { CelCompileError, CelEnvironment } from './environment.ts';

/** Types that a value may surely have; undefined for one of any type. */
export type PlainType = 'string' | 'int' | 'double' | 'bool' | `list<${string}>`;

export interface Called {
  /** `found no matching overload for 'startsWith' applied to 'string.(int)'` */
  readonly problem?: string;
  /** Of the result, where it can be told. */
  readonly type?: string;
}

const scalars = ['string', 'int', 'double', 'bool', 'dyn'] as const;
let environment: CelEnvironment | undefined;

function placeholders(): CelEnvironment {
  const variables = scalars.flatMap((type) => [
    [nameOf(type), type],
    [nameOf(`list<${type}>`), `list<${type}>`],
  ]);
  environment ??= new CelEnvironment(Object.fromEntries(variables));
  return environment;
}

function nameOf(type: string): string {
  return `${type.replace('<', '_').replace('>', '')}_`;
}

/** @param receiver what the function is called on; undefined for one that stands alone */
export function callOf(
  name: string,
  receiver: PlainType | undefined,
  args: readonly (PlainType | undefined)[],
): Called {
  // As environment.ts calls what it replaces.
  const on = receiver === undefined ? '' : `${nameOf(receiver)}.`;
  const given = args.map((type) => nameOf(type ?? 'dyn')).join(', ');
  try {
    return { type: placeholders().compile(`${on}${name.replace(/_$/, '')}(${given})`).type };
  } catch (error) {
    if (!(error instanceof CelCompileError)) throw error;
    const [, problem] = /(found no matching overload for .*)/.exec(error.message) ?? [];
    return problem === undefined ? {} : { problem: withItems(problem, receiver) };
  }
}

/** The library says `list` of what a function is called on, and `list<string>` of what it is given. */
function withItems(problem: string, receiver: PlainType | undefined): string {
  const of = receiver?.startsWith('list<') ? receiver : 'list';
  return problem.replace("applied to 'list.", `applied to '${of}.`).replace(/<(\w+)>/g, '($1)');
}
