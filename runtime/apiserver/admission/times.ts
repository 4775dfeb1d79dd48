/** How long admission takes: each of its two steps, each plug-in and each webhook, for /metrics. */
import { type Family, Histogram, labelsOf } from '../../api/exposition.ts';

export type Step = 'admit' | 'validate';

/** Seconds. */
const bounds = [0.005, 0.025, 0.1, 0.5, 1, 2.5];
const webhookBounds = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 10, 25];

export class AdmissionTimes {
  readonly #steps = new Histogram(
    'apiserver_admission_step_admission_duration_seconds',
    'Time for all plug-ins of a step, by its type and the operation.',
    bounds,
  );
  readonly #plugins = new Histogram(
    'apiserver_admission_controller_admission_duration_seconds',
    'Time in a plug-in, by its name, the step and the operation.',
    bounds,
  );
  readonly #webhooks = new Histogram(
    'apiserver_admission_webhook_admission_duration_seconds',
    'Time until a webhook has answered, by its name, the step and the operation.',
    webhookBounds,
  );
  /** By operation, then by plug-in. */
  readonly #observers = new Map<string, Map<object, (seconds: number) => void>>();

  get families(): readonly Family[] {
    return [this.#steps, this.#plugins, this.#webhooks];
  }

  step(type: Step, operation: string, rejected: boolean, ms: number): void {
    this.#steps.observe(labels(type, operation, rejected), ms / 1000);
  }

  /** Asked for every plug-in of every write: what it is about is put together once. */
  plugin(plugin: { readonly name: string }, type: Step, operation: string, ms: number): void {
    const key = type === 'admit' ? operation : `${type} ${operation}`;
    let known = this.#observers.get(key);
    if (known === undefined) {
      known = new Map();
      this.#observers.set(key, known);
    }
    let observe = known.get(plugin);
    if (observe === undefined) {
      const about = `${labelsOf({ name: plugin.name })},${labels(type, operation, false)}`;
      observe = this.#plugins.observer(about);
      known.set(plugin, observe);
    }
    observe(ms / 1000);
  }

  /** A plug-in that has refused the request. */
  refusal(name: string, type: Step, operation: string, ms: number): void {
    this.#plugins.observe(`${labelsOf({ name })},${labels(type, operation, true)}`, ms / 1000);
  }

  /** `rejected`: the webhook has refused the request, or could not be asked and must be. */
  webhook(name: string, type: Step, operation: string, rejected: boolean, ms: number): void {
    this.#webhooks.observe(`${labelsOf({ name })},${labels(type, operation, rejected)}`, ms / 1000);
  }
}

function labels(type: Step, operation: string, rejected: boolean): string {
  return `type="${type}",operation="${operation}",rejected="${rejected}"`;
}
