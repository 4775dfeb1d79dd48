/** What admission has to say of streams and proxies reaches who asked for them, and the audit log. */
import { createServer, type Server } from 'node:http';
import { request } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { timestamp } from '../../api/clock.ts';
import type { UnknownObject } from '../../api/object.ts';
import { at, pods, serviceAccounts } from '../../client/resources.ts';
import type { AuditEvent } from '../audit/event.ts';
import { parsePolicy } from '../audit/policy.ts';
import { LocalPodStreams } from '../streaming/testing/local-pod-streams.ts';
import { useFreshServer } from '../testing/use-server.ts';

const policy = parsePolicy(
  'apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules: [{level: Metadata, resources: [{group: "", resources: [pods/*]}]}]\n',
);
const warning =
  "299 - \"Validation failed for ValidatingAdmissionPolicy 'watched' with binding 'watched': streams are watched\"";

describe('a request for a stream or a proxy', () => {
  let port: number;
  let backend: Server;
  const audited: AuditEvent[] = [];

  const server = useFreshServer({
    dial: async () => connect((backend.address() as AddressInfo).port, '127.0.0.1'),
    streams: new LocalPodStreams(),
    audit: { policy, write: (event) => audited.push(event) },
  });
  beforeEach(async () => {
    backend = createServer((_, response) => response.end('from the pod')).listen(0, '127.0.0.1');
    await new Promise((resolve) => backend.once('listening', resolve));
    ({ port } = await server.api.listen({ host: '127.0.0.1', port: 0 }));
    await makePod();
    await makePolicy('watched', ['Warn', 'Audit']);
    audited.length = 0;
  });

  afterEach(() => {
    backend.close();
  });

  async function makePod(): Promise<void> {
    const { client } = server;
    const place = { ...serviceAccounts, namespace: 'default' };
    await client.create(place, {
      ...{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } },
    } as UnknownObject);
    await client.create({ ...pods, namespace: 'default' }, {
      ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' } },
      spec: { nodeName: 'n', containers: [{ name: 'c', image: 'x' }] },
    } as UnknownObject);
    const podIP = '10.0.0.7';
    const status = { phase: 'Running', podIP, podIPs: [{ ip: podIP }], startTime: timestamp(0) };
    await client.patch(at(pods, 'web', 'default', 'status'), 'merge', { status });
  }

  async function makePolicy(name: string, validationActions: string[]): Promise<void> {
    const group = 'admissionregistration.k8s.io';
    const make = (resource: string, kind: string, spec: object) =>
      server.client.create({ group, version: 'v1', resource }, {
        ...{ apiVersion: `${group}/v1`, kind, metadata: { name }, spec },
      } as UnknownObject);
    const operations = ['CONNECT'];
    const rule = { operations, apiGroups: [''], apiVersions: ['v1'], resources: ['pods/*'] };
    await make('validatingadmissionpolicies', 'ValidatingAdmissionPolicy', {
      matchConstraints: { resourceRules: [rule] },
      validations: [{ expression: 'false', message: 'streams are watched' }],
      auditAnnotations: [{ key: 'of', valueExpression: 'object.kind' }],
    });
    await make('validatingadmissionpolicybindings', 'ValidatingAdmissionPolicyBinding', {
      policyName: name,
      validationActions,
    });
  }

  interface Answer {
    readonly code: number;
    readonly warning: string | undefined;
    readonly text: string;
  }

  function send(subresource: string, upgrade: boolean): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const { certPem: cert, keyPem: key } = server.pki.admin;
      const stream = { Connection: 'Upgrade', Upgrade: 'SPDY/3.1' };
      const call = request({
        ...{ host: '127.0.0.1', port, ca: server.pki.caPem, cert, key, agent: false },
        method: upgrade ? 'POST' : 'GET',
        path: `/api/v1/namespaces/default/pods/${subresource}`,
        headers: upgrade ? { ...stream, 'X-Stream-Protocol-Version': 'v4.channel.k8s.io' } : {},
      });
      call.on('error', reject);
      call.on('response', async (response) => {
        let text = '';
        for await (const chunk of response) text += chunk;
        const told = response.headers.warning;
        resolve({ code: response.statusCode ?? 0, warning: told, text });
      });
      call.on('upgrade', (response, socket) => {
        socket.destroy();
        resolve({ code: response.statusCode ?? 0, warning: response.headers.warning, text: '' });
      });
      call.end();
    });
  }

  const audit = async (stage: string) => {
    const find = () => audited.find((event) => event.stage === stage);
    await expect.poll(find).toBeDefined();
    return find();
  };

  it('carries warnings in the answer of what it is handed on to', async () => {
    const answer = await send('web:80/proxy/', false);
    expect(answer).toEqual({ code: 200, warning, text: 'from the pod' });
    const event = await audit('ResponseComplete');
    expect(event?.annotations).toMatchObject({ 'watched/of': 'PodProxyOptions' });
    const failures = event?.annotations?.['validation.policy.admission.k8s.io/validation_failure'];
    expect(JSON.parse(failures ?? '')).toMatchObject([
      { message: 'streams are watched', policy: 'watched', binding: 'watched' },
    ]);
  });

  it('has them in the audit log where a stream begins, whose head is the stream’s own', async () => {
    const answer = await send('web/exec?command=true&stdout=1', true);
    expect(answer).toMatchObject({ code: 101, warning: undefined });
    const { annotations, responseStatus } = (await audit('ResponseStarted')) ?? {};
    expect(responseStatus?.code).toBe(101);
    expect(annotations).toMatchObject({ 'watched/of': 'PodExecOptions' });
  });

  it('that is refused tells of warnings beside the refusal', async () => {
    await makePolicy('forbidden', ['Deny']);
    const answer = await send('web/exec?command=true', true);
    expect(answer).toMatchObject({ code: 422, warning });
    expect(answer.text).toContain("ValidatingAdmissionPolicy 'forbidden'");
    const event = await audit('ResponseComplete');
    expect(event?.responseStatus?.code).toBe(422);
    expect(event?.annotations).toMatchObject({ 'watched/of': 'PodExecOptions' });
  });
});
