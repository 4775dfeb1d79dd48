import { describe, expect, it } from 'vitest';
import { dropEmpties } from './empties.ts';
import { realSchemas } from './schema-bundle.case.ts';

const schemas = realSchemas();

function dropped(kind: string, object: object, group = '', version = 'v1'): unknown {
  const copy = structuredClone(object);
  dropEmpties(copy, schemas.forKind({ group, version, kind }) ?? {}, schemas);
  return copy;
}

describe('dropEmpties', () => {
  it('leaves out what says nothing', () => {
    const pod = {
      metadata: { name: 'a', labels: {}, annotations: {}, ownerReferences: [] },
      spec: {
        ...{ hostNetwork: false, nodeName: '', nodeSelector: {}, tolerations: [], volumes: [] },
        containers: [
          {
            ...{ name: 'm', tty: false, command: [], env: [{ name: 'A', value: '' }] },
            ports: [{ containerPort: 80, hostPort: 0, name: '' }],
            resources: { limits: {} },
          },
        ],
      },
    };
    expect(dropped('Pod', pod)).toEqual({
      metadata: { name: 'a' },
      spec: {
        containers: [
          { name: 'm', env: [{ name: 'A' }], ports: [{ containerPort: 80 }], resources: {} },
        ],
      },
    });
  });

  it('knows the fields of newer releases', () => {
    const pod = {
      spec: {
        containers: [
          {
            ...{ name: 'm', restartPolicyRules: [{ action: 'Restart' }] },
            env: [{ name: 'A', valueFrom: { secretKeyRef: { name: '', key: 'k' } } }],
          },
        ],
        ephemeralContainers: [{ name: 'e', image: '', stdin: false, tty: true }],
        volumes: [{ name: 'v', image: { reference: 'r', pullPolicy: '' } }],
      },
    };
    expect(dropped('Pod', pod)).toEqual({
      spec: {
        containers: [
          {
            ...{ name: 'm', restartPolicyRules: [{ action: 'Restart' }] },
            env: [{ name: 'A', valueFrom: { secretKeyRef: { key: 'k' } } }],
          },
        ],
        ephemeralContainers: [{ name: 'e', tty: true }],
        volumes: [{ name: 'v', image: { reference: 'r' } }],
      },
    });
    const kept = { whenDeleted: 'Retain', whenScaled: '' };
    const set = { spec: { minReadySeconds: 0, persistentVolumeClaimRetentionPolicy: kept } };
    expect(dropped('StatefulSet', set, 'apps')).toEqual({
      spec: { persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain' } },
    });
  });

  it('keeps what says something by being empty', () => {
    const pod = {
      metadata: { name: 'a', labels: { empty: '' } },
      spec: {
        ...{ automountServiceAccountToken: false, enableServiceLinks: false, priority: 0 },
        terminationGracePeriodSeconds: 0,
        securityContext: {},
        containers: [],
        volumes: [{ name: 'v', emptyDir: {} }],
      },
    };
    expect(dropped('Pod', pod)).toEqual(pod);
    const claim = { spec: { storageClassName: '' } };
    expect(dropped('PersistentVolumeClaim', claim)).toEqual(claim);
    const policy = { spec: { podSelector: {}, ingress: [{}] } };
    expect(dropped('NetworkPolicy', policy, 'networking.k8s.io')).toEqual(policy);
    const role = { rules: [] };
    expect(dropped('Role', role, 'rbac.authorization.k8s.io')).toEqual(role);
    const scaled = { spec: { replicas: 0 } };
    expect(dropped('Deployment', scaled, 'apps')).toEqual(scaled);
  });
});
