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

  /**
   * Asks each plug-in in turn. True if one of them says so. Only plug-ins that have something to wait
   * for are timed on their own: the others decide in less time than it takes to read a clock.
   */
  async #round(step: Step, attributes: Attributes, registry: Registry): Promise<boolean> {
    const { operation } = attributes;
    const times = this.#times;
    const start = performance.now();
    let foreign = false;
    let rejected = true;
    try {
      for (const plugin of this.#plugins) {
        const made =
          step === 'admit'
            ? plugin.mutate?.(attributes, registry)
            : plugin.validate?.(attributes, registry);
        if (made === undefined) continue;
        // Most have nothing to wait for, and a turn of the promises' queue for each adds up.
        const is =
          made instanceof Promise ? await this.#timed(plugin, step, operation, made) : made;
        if (is === true) foreign = true;
      }
      rejected = false;
    } finally {
      times.step(step, operation, rejected, performance.now() - start);
    }
    return foreign;
  }

  async #timed<T>(
    { name }: AdmissionPlugin,
    step: Step,
    operation: string,
    made: Promise<T>,
  ): Promise<T> {
    const start = performance.now();
    let rejected = true;
    try {
      const done = await made;
      rejected = false;
      return done;
    } finally {
      this.#times.plugin(name, step, operation, rejected, performance.now() - start);
    }
  }
}

/** `pods`, `pods/status`, `deployments.apps`: is the request about this resource itself? */
export function concerns(attributes: Attributes, group: string, resource: string): boolean {
  const { kind } = attributes.served;
  return kind.group === group && kind.resource === resource && attributes.subresource === '';
}
