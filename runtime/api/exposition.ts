/**
 * Counters, gauges and histograms in the text form that Prometheus reads:
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */

/** A metric with its series, one for each set of labels. */
export interface Family {
  readonly name: string;
  readonly help: string;
  lines(): Iterable<string>;
}

/** `code="200",verb="GET"`: the part in braces, in the order given. */
export function labelsOf(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',');
}

export class Counter implements Family {
  readonly name: string;
  readonly help: string;
  readonly #values = new Map<string, number>();
  readonly #type: 'counter' | 'gauge';

  constructor(name: string, help: string, type: 'counter' | 'gauge' = 'counter') {
    this.name = name;
    this.help = help;
    this.#type = type;
  }

  add(labels: string, amount = 1): void {
    this.#values.set(labels, (this.#values.get(labels) ?? 0) + amount);
  }

  *lines(): Generator<string> {
    yield* heading(this, this.#type);
    for (const [labels, value] of this.#values) yield series(this.name, labels, value);
  }
}

/** Values that are read when somebody asks. */
export class Reading implements Family {
  readonly name: string;
  readonly help: string;
  readonly #read: () => Iterable<readonly [labels: string, value: number]>;
  readonly #type: 'counter' | 'gauge';

  constructor(
    name: string,
    help: string,
    read: () => Iterable<readonly [labels: string, value: number]>,
    type: 'counter' | 'gauge' = 'gauge',
  ) {
    this.name = name;
    this.help = help;
    this.#read = read;
    this.#type = type;
  }

  *lines(): Generator<string> {
    yield* heading(this, this.#type);
    for (const [labels, value] of this.#read()) yield series(this.name, labels, value);
  }
}

interface Observed {
  count: number;
  sum: number;
  /** Observations no larger than the bound of the same place. */
  readonly within: number[];
}

export class Histogram implements Family {
  readonly name: string;
  readonly help: string;
  readonly #bounds: readonly number[];
  readonly #observed = new Map<string, Observed>();

  /** `bounds` rise; one without end is added. */
  constructor(name: string, help: string, bounds: readonly number[]) {
    this.name = name;
    this.help = help;
    this.#bounds = bounds;
  }

  observe(labels: string, value: number): void {
    this.#add(this.#series(labels), value);
  }

  /** As `observe`, for who observes under the same labels all the time. */
  observer(labels: string): (value: number) => void {
    const observed = this.#series(labels);
    return (value) => this.#add(observed, value);
  }

  #series(labels: string): Observed {
    let observed = this.#observed.get(labels);
    if (observed === undefined) {
      observed = { count: 0, sum: 0, within: this.#bounds.map(() => 0) };
      this.#observed.set(labels, observed);
    }
    return observed;
  }

  #add(observed: Observed, value: number): void {
    observed.count++;
    observed.sum += value;
    for (let index = this.#bounds.length - 1; index >= 0; index--) {
      if (value > (this.#bounds[index] ?? 0)) break;
      observed.within[index] = (observed.within[index] ?? 0) + 1;
    }
  }

  *lines(): Generator<string> {
    yield* heading(this, 'histogram');
    for (const [labels, { count, sum, within }] of this.#observed) {
      const before = labels === '' ? '' : `${labels},`;
      for (const [index, bound] of this.#bounds.entries()) {
        yield series(`${this.name}_bucket`, `${before}le="${bound}"`, within[index] ?? 0);
      }
      yield series(`${this.name}_bucket`, `${before}le="+Inf"`, count);
      yield series(`${this.name}_sum`, labels, sum);
      yield series(`${this.name}_count`, labels, count);
    }
  }
}

/** The whole page. */
export function exposition(families: Iterable<Family>): string {
  const lines: string[] = [];
  for (const family of families) lines.push(...family.lines());
  return `${lines.join('\n')}\n`;
}

function heading({ name, help }: Family, type: string): [string, string] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

function series(name: string, labels: string, value: number): string {
  return labels === '' ? `${name} ${value}` : `${name}{${labels}} ${value}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
