/**
 * How long admission takes (its two steps, plug-ins that wait and webhooks), and what becomes of requests
 * that webhooks are asked about, for /metrics.
 * https://kubernetes.io/docs/reference/instrumentation/metrics/
 */
import { Counter, type Family, Histogram, labelsOf } from '../../api/exposition.ts';

export type Step = 'admit' | 'validate';

/** A call of a webhook: its name, which kind of webhook it is, and what is to be done to the object. */
export interface WebhookCall {
  readonly name: string;
  readonly type: 'admit' | 'validating';
  readonly operation: string;
}

/** What a call of a webhook has come to. `code` is of HTTP, 0 where none says it. */
export type WebhookOutcome =
  | { readonly is: 'allowed'; readonly code: 200 }
  | { readonly is: 'denied'; readonly code: number }
  /** It could not be asked, and so the request is refused, or goes on without it. */
  | { readonly is: 'failed closed' | 'failed open'; readonly code: number }
  /** Its answer could not be made use of here. */
  | { readonly is: 'failed here'; readonly code: 0 };

/** Why the request was refused, as the original calls it. */
const errorTypes: Readonly<Partial<Record<WebhookOutcome['is'], string>>> = {
  denied: 'no_error',
  'failed closed': 'calling_webhook_error',
  'failed here': 'apiserver_internal_error',
};
/** Larger codes are counted as this one: a webhook must not make up series. */
const highestCode = 600;

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
  readonly #requests = new Counter(
    'apiserver_admission_webhook_request_total',
    'Calls of webhooks, by name, type, operation and code, and whether the request was refused.',
  );
  readonly #rejections = new Counter(
    'apiserver_admission_webhook_rejection_count',
    'Requests refused by webhooks, or because one could not be asked, by name, type and operation.',
  );
  readonly #failedOpen = new Counter(
    'apiserver_admission_webhook_fail_open_count',
    'Requests that went on without a webhook that could not be asked, by its name and type.',
  );

  get families(): readonly Family[] {
    const webhooks = [this.#webhooks, this.#requests, this.#rejections, this.#failedOpen];
    return [this.#steps, this.#plugins, ...webhooks];
  }

  step(type: Step, operation: string, rejected: boolean, ms: number): void {
    this.#steps.observe(labels(type, operation, rejected), ms / 1000);
  }

  /** A plug-in that had to wait for something. */
  plugin(name: string, type: Step, operation: string, rejected: boolean, ms: number): void {
    this.#plugins.observe(`${labelsOf({ name })},${labels(type, operation, rejected)}`, ms / 1000);
  }

  webhook({ name, type, operation }: WebhookCall, outcome: WebhookOutcome, ms: number): void {
    const errorType = errorTypes[outcome.is];
    const rejected = errorType !== undefined;
    const code = String(Math.min(outcome.code, highestCode));
    const call = labelsOf({ name, type, operation });
    this.#webhooks.observe(`${call},rejected="${rejected}"`, ms / 1000);
    this.#requests.add(`${call},code="${code}",rejected="${rejected}"`);
    if (rejected) {
      this.#rejections.add(`${call},${labelsOf({ error_type: errorType, rejection_code: code })}`);
    }
    if (outcome.is === 'failed open') this.#failedOpen.add(labelsOf({ name, type }));
  }
}

function labels(type: Step, operation: string, rejected: boolean): string {
  return `type="${type}",operation="${operation}",rejected="${rejected}"`;
}
