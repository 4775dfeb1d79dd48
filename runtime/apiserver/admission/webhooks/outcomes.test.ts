import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { UnknownObject } from '../../../api/object.ts';
import type { Client } from '../../../client/client.ts';
import { refused } from '../../testing/calls.ts';
import { restFor } from '../../testing/rest.ts';
import { startWebhookServer, type WebhookServer } from '../../testing/webhook-server.ts';

const namespace = 'default';
const configMaps = { group: '', version: 'v1', namespace, resource: 'configmaps' };
const apiVersion = 'admissionregistration.k8s.io/v1';
const resource = 'validatingwebhookconfigurations';
const admission = { group: 'admissionregistration.k8s.io', version: 'v1' };
/** Nobody listens there. */
const nowhere = { url: 'https://127.0.0.1:1' };

let hook: WebhookServer;
let client: Client;
/** What the webhook answers, beside the uid. */
let answer: (operation: string) => object;

beforeEach(async () => {
  answer = () => ({ allowed: true });
  hook = await startWebhookServer<{ uid: string; operation: string; namespace?: string }>(
    ({ uid, operation, namespace: where }) =>
      where === 'kube-system' ? { uid, allowed: true } : { uid, ...answer(operation) },
  );
  client = hook.server.client;
});
afterEach(() => hook.close());

function webhook(name: string, rest: object = {}): object {
  const service = { namespace, name: 'hook', path: '/admit' };
  return {
    ...{ name, clientConfig: { service, caBundle: hook.caBundle } },
    rules: [{ operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }],
    ...{ sideEffects: 'None', admissionReviewVersions: ['v1'], ...rest },
  };
}

function configuration(kind: 'Mutating' | 'Validating', webhooks: object[]): Promise<unknown> {
  const made: UnknownObject = {
    ...{ apiVersion, kind: `${kind}WebhookConfiguration`, metadata: { name: 'hook' } },
    webhooks,
  };
  return client.create(
    { ...admission, resource: `${kind.toLowerCase()}webhookconfigurations` },
    made,
  );
}

const make = (name: string, options?: object) =>
  client.create(
    configMaps,
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } } as UnknownObject,
    options,
  );

describe('what a call of a webhook comes to', () => {
  it('is a failed call if its patch cannot be read, and a fault if there is nothing to patch', async () => {
    await configuration('Mutating', [webhook('hook.example.com')]);
    const patches = ['[{', '[{"op":"add","path":"/data","value":{}}]'];
    answer = (operation) => {
      if (operation !== 'DELETE') return { allowed: true };
      const patch = Buffer.from(patches.shift() ?? '').toString('base64');
      return { allowed: true, patchType: 'JSONPatch', patch };
    };
    await make('a');
    const remove = () => refused(client.delete({ ...configMaps, name: 'a' }));
    expect((await remove()).message).toMatch(/: received undecodable patch in webhook response: /);
    expect((await remove()).message).toBe(
      'Internal error occurred: admission webhook "hook.example.com" attempted to modify the object, which is not supported for this operation',
    );
  });

  it('is told of all that judge a request, though one has refused it before', async () => {
    await configuration('Validating', [
      webhook('quick.example.com', { clientConfig: nowhere }),
      webhook('slow.example.com'),
    ]);
    answer = () => ({ allowed: false, auditAnnotations: { 'is-heard': 'yes' } });
    const heard: string[] = [];
    const error = await refused(make('a', { annotate: (key: string) => heard.push(key) }));
    expect(error.message).toContain('quick.example.com');
    expect(heard).toContain('slow.example.com/is-heard');
  });

  it('is written down for the audit log, whatever it is', async () => {
    await configuration('Mutating', [webhook('hook.example.com')]);
    answer = () => ({ allowed: false });
    const noted: Record<string, string> = {};
    const annotate = (key: string, value: string) => Object.assign(noted, { [key]: value });
    await refused(make('a', { annotate }));
    expect(noted).toEqual({
      'mutation.webhook.admission.k8s.io/round_0_index_0':
        '{"configuration":"hook","webhook":"hook.example.com","mutated":false}',
    });
  });

  it('is counted', async () => {
    await configuration('Validating', [webhook('hook.example.com')]);
    const set = (name: string, value: unknown) =>
      client.patch({ ...admission, resource, name: 'hook' }, 'json', [
        { op: 'add', path: `/webhooks/0/${name}`, value },
      ]);
    await make('a');
    answer = () => ({ allowed: false, status: { code: 422 } });
    await refused(make('b'));
    answer = () => ({ allowed: false, status: { code: 999 } });
    await refused(make('b'));
    await set('clientConfig', nowhere);
    await refused(make('b'));
    await set('failurePolicy', 'Ignore');
    await make('b');
    const rest = await restFor(hook.server);
    const page = (await rest.send('/metrics')).body.toString();
    rest.close();
    const told = page.split('\n').flatMap((line) => {
      const [, name = '', series = ''] =
        /^apiserver_admission_webhook_(\w+)\{name="hook.example.com",type="validating"(.*)$/.exec(
          line,
        ) ?? [];
      return name === '' || /_(bucket|sum)$/.test(name) ? [] : [`${name} ${series}`];
    });
    const create = ',operation="CREATE"';
    expect(told).toEqual([
      `admission_duration_seconds_count ${create},rejected="false"} 2`,
      `admission_duration_seconds_count ${create},rejected="true"} 3`,
      `request_total ${create},code="200",rejected="false"} 1`,
      `request_total ${create},code="422",rejected="true"} 1`,
      `request_total ${create},code="400",rejected="true"} 1`,
      `request_total ${create},code="503",rejected="true"} 1`,
      `request_total ${create},code="503",rejected="false"} 1`,
      `rejection_count ${create},error_type="no_error",rejection_code="422"} 1`,
      `rejection_count ${create},error_type="no_error",rejection_code="400"} 1`,
      `rejection_count ${create},error_type="calling_webhook_error",rejection_code="503"} 1`,
      'fail_open_count } 1',
    ]);
  });
});
