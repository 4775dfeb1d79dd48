/**
 * Admission: the last chance to change or refuse a request before it is stored. Plug-ins run in the
 * original's order; what changes objects runs before what only checks them.
 * https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/
 */
import type { GroupVersionKind, UnknownObject } from '../../api/object.ts';
import type { Call, Place, Registry } from '../registry/registry.ts';
import type { ServedResource } from '../registry/served.ts';
import { reinvocationOf } from './reinvocation.ts';
import { AdmissionTimes, type Step } from './times.ts';

export interface Attributes {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  readonly served: ServedResource;
  /** Empty: the object itself. */
  readonly subresource: string;
  readonly place: Place;
  /**
   * The object as it will be; undefined for a deletion. Mutating plug-ins write into it. Of a CONNECT
   * its options.
   */
  readonly object: UnknownObject | undefined;
  /** The object as it is; undefined for a creation. */
  readonly previous: UnknownObject | undefined;
  readonly call: Call;
  /** Of a CONNECT the kind of its options, PodExecOptions for one; of an action (eviction, token) its own. */
  readonly optionsKind?: GroupVersionKind;
}

export interface AdmissionPlugin {
  readonly name: string;
  /**
   * May change `attributes.object`. True: it has let somebody outside change it, who may have
   * changed anything. Throws ApiError to refuse.
   */
  mutate?(attributes: Attributes, registry: Registry): unknown;
  /** Throws ApiError to refuse. */
  validate?(attributes: Attributes, registry: Registry): Promise<void> | void;
}

export class Admission {
  readonly #plugins: readonly AdmissionPlugin[];
  readonly #times: AdmissionTimes;

  constructor(plugins: readonly AdmissionPlugin[], times = new AdmissionTimes()) {
    this.#plugins = plugins;
    this.#times = times;
  }

  /** True if the object may have been changed in ways that its kind does not allow. */
  async mutate(attributes: Attributes, registry: Registry): Promise<boolean> {
    const foreign = await this.#round('admit', attributes, registry);
    const reinvocation = reinvocationOf(attributes);
    if (!reinvocation.wanted) return foreign;
    reinvocation.again = true;
    await this.#round('admit', attributes, registry);
    return foreign;
  }

  async validate(attributes: Attributes, registry: Registry): Promise<void> {
    await this.#round('validate', attributes, registry);
  }

  /** Asks each plug-in in turn. True if one of them says so. */
  async #round(step: Step, attributes: Attributes, registry: Registry): Promise<boolean> {
    const { operation } = attributes;
    const times = this.#times;
    let foreign = false;
    const start = performance.now();
    let last = start;
    let asked: AdmissionPlugin | undefined;
    try {
      for (const plugin of this.#plugins) {
        const method = step === 'admit' ? plugin.mutate : plugin.validate;
        if (method === undefined) continue;
        asked = plugin;
        const made = method.call(plugin, attributes, registry);
        // Most have nothing to wait for, and a turn of the promises' queue for each adds up.
        if ((made instanceof Promise ? await made : made) === true) foreign = true;
        const now = performance.now();
        times.plugin(plugin, step, operation, now - last);
        last = now;
      }
    } catch (error) {
      const now = performance.now();
      times.refusal(asked?.name ?? '', step, operation, now - last);
      times.step(step, operation, true, now - start);
      throw error;
    }
    times.step(step, operation, false, last - start);
    return foreign;
  }
}

/** `pods`, `pods/status`, `deployments.apps`: is the request about this resource itself? */
export function concerns(attributes: Attributes, group: string, resource: string): boolean {
  const { kind } = attributes.served;
  return kind.group === group && kind.resource === resource && attributes.subresource === '';
}
