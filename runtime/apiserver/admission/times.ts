/** How long admission takes: its two steps, plug-ins that wait and webhooks, for /metrics. */
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
    'Time in a plug-in that had to wait for something, by its name, the step and the operation.',
    bounds,
  );
  readonly #webhooks = new Histogram(
    'apiserver_admission_webhook_admission_duration_seconds',
    'Time until a webhook has answered, by its name, the step and the operation.',
    webhookBounds,
  );

  get families(): readonly Family[] {
    return [this.#steps, this.#plugins, this.#webhooks];
  }

  step(type: Step, operation: string, rejected: boolean, ms: number): void {
    this.#steps.observe(labels(type, operation, rejected), ms / 1000);
  }

  /** A plug-in that had to wait for something. */
  plugin(name: string, type: Step, operation: string, rejected: boolean, ms: number): void {
    this.#plugins.observe(`${labelsOf({ name })},${labels(type, operation, rejected)}`, ms / 1000);
  }

  /** `rejected`: the webhook has refused the request, or could not be asked and must be. */
  webhook(name: string, type: Step, operation: string, rejected: boolean, ms: number): void {
    this.#webhooks.observe(`${labelsOf({ name })},${labels(type, operation, rejected)}`, ms / 1000);
  }
}

function labels(type: Step, operation: string, rejected: boolean): string {
  return `type="${type}",operation="${operation}",rejected="${rejected}"`;
}
