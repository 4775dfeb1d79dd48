/** What the real kubectl says when admission refuses or warns. Skipped where it is not installed. */
import { beforeAll, describe, expect, it } from 'vitest';
import { makeDefaultAccount } from '../testing/calls.ts';
import { hasKubectl, type Kubectl, kubectlFor } from '../testing/kubectl.ts';
import { useTestServer } from '../testing/use-server.ts';

let kubectl: Kubectl;

const pod = (name: string, container = '') => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: shop}
spec: {containers: [{name: web, image: "web:1"${container}}]}
`;

describe.skipIf(!hasKubectl)('admission', () => {
  const server = useTestServer();
  beforeAll(async () => {
    kubectl = await kubectlFor(server);
    await kubectl.ok(['create', 'namespace', 'shop']);
    await makeDefaultAccount(server.client, 'shop');
  });

  it('holds pods against the level of their namespace', async () => {
    const { run, ok } = kubectl;
    await ok(['create', '-f', '-'], pod('before', ', securityContext: {privileged: true}'));
    await ok(['create', '-f', '-'], pod('earlier', ', securityContext: {privileged: true}'));
    const label = (value: string) => run(['label', '--overwrite', 'ns', 'shop', value]);
    const broken = await label('pod-security.kubernetes.io/enforce=strict');
    expect(broken.err).toContain(
      'The Namespace "shop" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "strict": must be one of privileged, baseline, restricted',
    );
    const { err } = await label('pod-security.kubernetes.io/enforce=baseline');
    expect(err).toContain(
      'Warning: existing pods in namespace "shop" violate the new PodSecurity enforce level "baseline:latest"\n' +
        'Warning: before (and 1 other pod): privileged\n',
    );
    const refused = await run(
      ['create', '-f', '-'],
      pod('after', ', securityContext: {privileged: true}'),
    );
    expect(refused.err).toContain(
      'Error from server (Forbidden): error when creating "STDIN": pods "after" is forbidden: violates PodSecurity "baseline:latest": privileged (container "web" must not set securityContext.privileged=true)',
    );
    await ok(['create', '-f', '-'], pod('after'));
    await ok(['annotate', '-n', 'shop', 'pod', 'before', 'a=b']);
  });

  it('warns of what the pods of a workload would run into', async () => {
    const { run, ok } = kubectl;
    await ok(['label', 'ns', 'shop', 'pod-security.kubernetes.io/warn=restricted']);
    const made = await run(['create', 'deployment', 'web', '--image=web:1', '-n', 'shop']);
    expect(made.code).toBe(0);
    expect(made.err).toContain(
      'Warning: would violate PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "web" must set securityContext.allowPrivilegeEscalation=false), ',
    );
  });

  it('warns where a policy only warns', async () => {
    const { run, ok } = kubectl;
    const policy = `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: labelled}
spec:
  matchConstraints:
    resourceRules:
    - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}
  validations:
  - expression: has(object.metadata.labels)
    message: say whose it is
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: labelled}
spec: {policyName: labelled, validationActions: [Warn]}
`;
    await ok(['apply', '-f', '-'], policy);
    const made = await run(['create', 'configmap', 'a', '-n', 'shop']);
    expect(made.code).toBe(0);
    expect(made.err).toBe(
      "Warning: Validation failed for ValidatingAdmissionPolicy 'labelled' with binding 'labelled': say whose it is\n",
    );
    const actions = '{"spec":{"validationActions":["Deny"]}}';
    const kind = 'validatingadmissionpolicybinding';
    await ok(['patch', kind, 'labelled', '--type=merge', '-p', actions]);
    const refused = await run(['create', 'configmap', 'b', '-n', 'shop']);
    expect(refused.err).toBe(
      'error: failed to create configmap: configmaps "b" is forbidden: ' +
        "ValidatingAdmissionPolicy 'labelled' with binding 'labelled' denied request: say whose it is\n",
    );
  });
});
