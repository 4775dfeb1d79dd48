/**
 * Mutating plug-ins run once more if somebody outside has changed the object after them: the
 * built-in ones always, webhooks and policies where their reinvocationPolicy is IfNeeded.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#reinvocation-policy
 */
import type { UnknownObject } from '../../api/object.ts';
import { copyJson, sameJson } from '../registry/json.ts';
import type { Attributes } from './admission.ts';

export class Reinvocation {
  /** True in the second round. */
  again = false;
  /** Somebody wants a second round. */
  wanted = false;
  /** Who may be called again, and who is to be. */
  readonly #called = new Set<string>();
  readonly #due = new Set<string>();
  #last: UnknownObject | undefined;

  /** A webhook or policy has been called that may be called again. */
  mayRepeat(name: string): void {
    this.#called.add(name);
  }

  /** The object has been changed: those that were called before have seen another one. */
  changed(by: string): void {
    this.wanted = true;
    for (const name of this.#called) if (name !== by) this.#due.add(name);
  }

  isDue(name: string): boolean {
    return !this.again || this.#due.has(name);
  }

  /** Remembers the object as the last webhook has left it. */
  leave(object: UnknownObject | undefined): void {
    this.#last = object && copyJson(object);
  }

  /** In the second round: has a built-in plug-in changed it since? Then all are due. */
  resume(object: UnknownObject | undefined): void {
    if (!this.again || object === undefined || sameJson(object, this.#last)) return;
    for (const name of this.#called) this.#due.add(name);
  }
}

const rounds = new WeakMap<Attributes, Reinvocation>();

export function reinvocationOf(attributes: Attributes): Reinvocation {
  let found = rounds.get(attributes);
  if (found === undefined) {
    found = new Reinvocation();
    rounds.set(attributes, found);
  }
  return found;
}
