/** Selectors of devices, in classes and claims. */
import type { KubeObject } from '../object.ts';
import type { Problems } from '../validation/problems.ts';
import { indexed, record, same } from '../validation/values.ts';
import { deviceEnvironment, deviceType } from './environments.ts';
import { checkExpression } from './expression.ts';

interface Selector {
  readonly cel?: { readonly expression?: string };
}

interface Request {
  readonly exactly?: Request;
  readonly firstAvailable?: readonly Request[];
  readonly selectors?: readonly Selector[];
}

interface Spec {
  readonly spec?: Spec;
  readonly selectors?: readonly Selector[];
  readonly devices?: { readonly requests?: readonly Request[] };
}

/** Bytes of an expression. */
const longest = 10 * 1024;

/** What is wrong with the selectors of a class, a claim or a claim's template. */
export function checkSelectors(
  object: KubeObject,
  previous: KubeObject | undefined,
  problems: Problems,
): void {
  const { kind } = object;
  const specOf = (from: KubeObject | undefined) => record((from as { spec?: Spec })?.spec);
  const spec = specOf(object);
  if (previous !== undefined && same(spec, specOf(previous))) return;
  if (kind === 'DeviceClass') checkList(spec?.selectors, 'spec', problems);
  else if (kind === 'ResourceClaim') checkRequests(spec, 'spec', problems);
  else if (kind === 'ResourceClaimTemplate') {
    checkRequests(record(spec?.spec), 'spec.spec', problems);
  }
}

function checkRequests(spec: Spec | undefined, field: string, problems: Problems): void {
  for (const [i, request] of indexed(record(spec?.devices)?.requests)) {
    const at = `${field}.devices.requests[${i}]`;
    // Older versions have no level between a request and what it asks for.
    checkList(request.selectors, at, problems);
    checkList(record(request.exactly)?.selectors, `${at}.exactly`, problems);
    for (const [j, alternative] of indexed(request.firstAvailable)) {
      checkList(alternative.selectors, `${at}.firstAvailable[${j}]`, problems);
    }
  }
}

function checkList(
  selectors: readonly Selector[] | undefined,
  field: string,
  problems: Problems,
): void {
  for (const [i, selector] of indexed(selectors)) {
    const expression = record(selector.cel)?.expression;
    if (typeof expression !== 'string' || expression === '') continue;
    const at = `${field}.selectors[${i}].cel.expression`;
    if (Buffer.byteLength(expression) > longest) {
      problems.tooLong(at, longest);
      continue;
    }
    const expected = {
      environment: deviceEnvironment(),
      known: { device: deviceType },
      types: ['bool'],
      wrongType: (type: string) => `must evaluate to bool or the unknown type, not ${type}`,
    };
    checkExpression(expression, expected, at, problems);
  }
}
