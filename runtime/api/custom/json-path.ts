/**
 * The part of JSONPath that printer columns and selectable fields are written in:
 * `.spec.replicas`, `.status.conditions[?(@.type=="Ready")].status`, `.spec.items[0].name`,
 * `.metadata.labels['app']`, `.spec.hosts[*]`.
 * https://kubernetes.io/docs/reference/kubectl/jsonpath/
 */

type Step =
  | { readonly type: 'member'; readonly name: string }
  | { readonly type: 'index'; readonly index: number }
  | { readonly type: 'all' }
  | { readonly type: 'filter'; readonly path: readonly Step[]; readonly value: unknown };

export type JsonPath = readonly Step[];

const filter = /^\?\(\s*@((?:\.[\w-]+)+)\s*==\s*(?:"([^"]*)"|'([^']*)'|([\w.-]+))\s*\)$/;

/** Undefined for a path that is not of this part of the language. */
export function parseJsonPath(text: string): JsonPath | undefined {
  const steps: Step[] = [];
  let rest = text.trim().replace(/^\{(.*)\}$/, '$1');
  if (rest.startsWith('$')) rest = rest.slice(1);
  while (rest !== '') {
    const member = /^\.((?:\\.|[^.[\\])+)/.exec(rest);
    const bracket = member === null ? bracketOf(rest) : undefined;
    if (member?.[1] !== undefined) {
      const name = member[1].replace(/\\(.)/g, '$1');
      steps.push(name === '*' ? { type: 'all' } : { type: 'member', name });
      rest = rest.slice(member[0].length);
    } else if (bracket !== undefined) {
      const step = stepOf(bracket);
      if (step === undefined) return undefined;
      steps.push(step);
      rest = rest.slice(bracket.length + 2);
    } else {
      return undefined;
    }
  }
  return steps;
}

/** What stands between the brackets that the text begins with; brackets in quotes do not count. */
function bracketOf(text: string): string | undefined {
  return /^\[((?:'[^']*'|"[^"]*"|[^\]'"])*)\]/.exec(text)?.[1];
}

function stepOf(text: string): Step | undefined {
  if (text === '*') return { type: 'all' };
  if (/^-?\d+$/.test(text)) return { type: 'index', index: Number(text) };
  const quoted = /^(?:'([^']*)'|"([^"]*)")$/.exec(text);
  if (quoted !== null) return { type: 'member', name: quoted[1] ?? quoted[2] ?? '' };
  const found = filter.exec(text);
  const path = found?.[1] === undefined ? undefined : parseJsonPath(found[1]);
  if (found === null || path === undefined) return undefined;
  const value = found[2] ?? found[3] ?? (JSON.parse(scalar(found[4] ?? '')) as unknown);
  return { type: 'filter', path, value };
}

function scalar(text: string): string {
  return /^(true|false|null|-?\d+(\.\d+)?)$/.test(text) ? text : JSON.stringify(text);
}

/** Every value that the path leads to. */
export function valuesAt(value: unknown, path: JsonPath): unknown[] {
  return path.reduce<unknown[]>((found, step) => found.flatMap((at) => follow(at, step)), [value]);
}

function follow(value: unknown, step: Step): unknown[] {
  if (value === null || typeof value !== 'object') return [];
  switch (step.type) {
    case 'member':
      return !Array.isArray(value) && Object.hasOwn(value, step.name)
        ? [(value as Record<string, unknown>)[step.name]]
        : [];
    case 'index': {
      const item = Array.isArray(value) ? value.at(step.index) : undefined;
      return item === undefined ? [] : [item];
    }
    case 'all':
      return Object.values(value);
    case 'filter':
      return Object.values(value).filter((item) => valuesAt(item, step.path)[0] === step.value);
  }
}
