/**
 * Expressions in the Common Expression Language as Kubernetes extends it: compiled once, evaluated
 * within limits. The one place where definitions, policies and webhooks get theirs from.
 * https://kubernetes.io/docs/reference/using-api/cel/
 */
import { Environment, type ParseResult } from '@marcbachmann/cel-js';
import { registerAuthorizer } from './authorizer.ts';
import { type Budget, limited, meter } from './cost.ts';
import { registerLists } from './functions-lists.ts';
import { registerText } from './functions-text.ts';
import { registerTypes } from './functions-types.ts';
import { widenHas } from './has.ts';
import { registerMacros } from './macros.ts';
import { registerObjects } from './objects.ts';
import { type Rewritten, rewrite } from './rewrite.ts';
import { compileWords, errorAt, runtimeWords, UndeclaredError } from './words.ts';

/** An expression that cannot be compiled; the message is the original's `ERROR: <input>:1:5: …`. */
export class CelCompileError extends Error {}

/** An expression that has failed on its input; the message is the original's. */
export class CelRuntimeError extends Error {}

let base: Environment | undefined;

/** The language with all functions. Made when first needed: it takes some milliseconds. */
function baseEnvironment(): Environment {
  if (base !== undefined) return base;
  base = new Environment({
    homogeneousAggregateLiterals: false,
    enableOptionalTypes: true,
  });
  registerText(base);
  registerLists(base);
  registerTypes(base);
  registerMacros(base);
  registerObjects(base);
  registerAuthorizer(base);
  return base;
}

/** The syntax tree of an expression: what it names can be looked for. */
export interface CelNode {
  readonly op: string;
  readonly args: unknown;
  readonly start: number;
  readonly end: number;
}

export class CelProgram {
  readonly source: string;
  /** `bool`, `string`, `list<int>`, … or `dyn` where that shows only on evaluation. */
  readonly type: string;
  /** What the places of the tree are places of. */
  readonly rewritten: Rewritten;
  readonly #run: ParseResult;

  constructor(source: string, type: string, rewritten: Rewritten, run: ParseResult) {
    this.source = source;
    this.type = type;
    this.rewritten = rewritten;
    this.#run = run;
  }

  get tree(): CelNode {
    return this.#run.ast as unknown as CelNode;
  }

  /**
   * `variables` must have been through `celValue`. Never waits. Throws CelRuntimeError, and CostError
   * past the limits.
   */
  evaluate(variables: Readonly<Record<string, unknown>>, budget: Budget): unknown {
    return limited(budget, () => {
      try {
        return this.#run(variables);
      } catch (error) {
        throw new CelRuntimeError(runtimeWords(error), { cause: error });
      }
    });
  }
}

const programLimit = 5000;

/** An environment in which these variables may be used, and no others. */
export class CelEnvironment {
  readonly #environment: Environment;
  readonly #functions: ReadonlySet<string>;
  readonly #known = new Map<string, CelProgram | CelCompileError>();

  /** `variables`: types by name, mostly `dyn`. */
  constructor(variables: Readonly<Record<string, string>>) {
    this.#environment = baseEnvironment().clone();
    for (const [name, type] of Object.entries(variables)) {
      this.#environment.registerVariable(name, type);
    }
    const { functions } = this.#environment.getDefinitions();
    this.#functions = new Set(functions.map(({ name }) => name));
  }

  /** Throws CelCompileError. */
  compile(source: string): CelProgram {
    let made = this.#known.get(source);
    if (made === undefined) {
      made = this.#compile(source);
      if (this.#known.size >= programLimit) this.#known.clear();
      this.#known.set(source, made);
    }
    if (made instanceof CelCompileError) throw made;
    return made;
  }

  #compile(source: string): CelProgram | CelCompileError {
    if (source.trim() === '') {
      const what = `Syntax error: mismatched input '<EOF>' expecting an expression`;
      return new CelCompileError(errorAt(source, source.length, what));
    }
    const rewritten = rewrite(source);
    try {
      const run = this.#environment.parse(rewritten.text);
      prepare(run.ast);
      this.#checkNames(run.ast);
      const checked = run.check();
      if (!checked.valid) throw checked.error;
      meter(run.ast);
      return new CelProgram(source, checked.type ?? 'dyn', rewritten, run);
    } catch (error) {
      return new CelCompileError(compileWords(error, source, rewritten));
    }
  }

  /** The library tells a function that is not there from one of other arguments only by its name. */
  #checkNames(node: unknown): void {
    if (node === null || typeof node !== 'object') return;
    if (Array.isArray(node)) {
      for (const part of node) this.#checkNames(part);
      return;
    }
    const { op, args } = node as { op?: string; args?: unknown };
    if (op === undefined) return;
    if ((op === 'call' || op === 'rcall') && Array.isArray(args)) {
      const name = String(args[0]);
      if (!this.#functions.has(name)) throw new UndeclaredError(name, node as CelNode);
      const [type] = name === 'newObject_' ? (args[1] as readonly CelNode[]) : [];
      if (type !== undefined && !/^(JSONPatch|Object(\..+)?)$/.test(String(type.args))) {
        throw new UndeclaredError(String(type.args), type);
      }
    }
    this.#checkNames(args);
  }
}

/** Functions of the library that are replaced by others, which take linear time. */
const replaced = new Set(['matches']);

/**
 * Turns calls of what is replaced into calls of what replaces it: its name with a line after it. Lets
 * `has` ask more.
 */
function prepare(node: unknown): void {
  if (node === null || typeof node !== 'object') return;
  if (Array.isArray(node)) {
    for (const part of node) prepare(part);
    return;
  }
  const { op, args } = node as { op?: string; args?: unknown };
  if (op === undefined) return;
  if (op === 'rcall' && Array.isArray(args) && replaced.has(args[0])) args[0] = `${args[0]}_`;
  if (op === 'call') widenHas(node);
  prepare(args);
}

/** Every name of a variable that an expression uses. */
export function namesIn(program: CelProgram): Set<string> {
  const names = new Set<string>();
  const visit = (node: unknown): void => {
    if (node === null || typeof node !== 'object') return;
    if (Array.isArray(node)) {
      for (const part of node) visit(part);
      return;
    }
    const { op, args } = node as { op?: string; args?: unknown };
    if (op === 'id') names.add(String(args));
    else if (op !== 'value' && op !== undefined) visit(args);
  };
  visit(program.tree);
  return names;
}
