/** Names that lead nowhere are found where they stand, when what is there proves it. */
import { describe, expect, it } from 'vitest';
import { problemsIn } from '../../language-server/language-server.case.ts';

const app = `apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {mode: fast}
---
apiVersion: v1
kind: Secret
metadata: {name: login}
stringData: {password: x}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: storage}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: server}
spec:
  selector: {matchLabels: {app: server}}
  template:
    metadata: {labels: {app: server}}
    spec:
      serviceAccountName: robot
      containers:
        - name: main
          image: server:1
          ports: [{name: http, containerPort: 80}]
          env:
            - {name: MODE, valueFrom: {configMapKeyRef: {name: settings, key: mode}}}
            - {name: PASS, valueFrom: {secretKeyRef: {name: login, key: password}}}
      volumes:
        - {name: data, persistentVolumeClaim: {claimName: storage}}
---
apiVersion: v1
kind: Service
metadata: {name: front}
spec:
  selector: {app: server}
  ports: [{name: web, port: 80, targetPort: http}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop}
spec:
  defaultBackend: {service: {name: front, port: {name: web}}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: server}
spec:
  maxReplicas: 3
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: server}
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1.example.com}
spec:
  group: example.com
  version: v1
  groupPriorityMinimum: 100
  versionPriority: 10
  service: {namespace: default, name: front}
`;

/** [what, the text before the name, the name as it is, the name as it is written by mistake] */
const slips: readonly [string, string, string, string][] = [
  ['a ConfigMap', 'configMapKeyRef: {name: ', 'settings', 'setings'],
  ['a key of a ConfigMap', 'name: settings, key: ', 'mode', 'mood'],
  ['a Secret', 'secretKeyRef: {name: ', 'login', 'logon'],
  ['a key of a Secret', 'name: login, key: ', 'password', 'pasword'],
  ['a ServiceAccount', 'serviceAccountName: ', 'robot', 'robbot'],
  ['a claim', 'claimName: ', 'storage', 'storrage'],
  ['a port of a pod', 'targetPort: ', 'http', 'htpp'],
  ['a Service', 'defaultBackend: {service: {name: ', 'front', 'front2'],
  ['a port of a Service', 'port: {name: ', 'web', 'wed'],
  ['the Service of an APIService', '{namespace: default, name: ', 'front', 'frond'],
  ['the target of an autoscaler', 'kind: Deployment, name: ', 'server', 'sever'],
];

function findings(text: string) {
  return problemsIn(text).filter(({ severity }) => severity === 'error' || severity === 'warning');
}

describe('names that lead nowhere', () => {
  it('are not found where there are none', () => {
    expect(findings(app)).toEqual([]);
  });

  it.each(slips)('%s', (_, before, right, wrong) => {
    const at = app.indexOf(before + right) + before.length;
    const text = app.slice(0, at) + wrong + app.slice(at + right.length);
    const found = findings(text).map(({ start, end }) => text.slice(start, end));
    expect(found).toEqual([wrong]);
  });

  it('the labels that a Service selects', () => {
    const text = app.replace('selector: {app: server}\n  ports', 'selector: {app: sever}\n  ports');
    expect(findings(text).map(({ rule }) => rule)).toEqual(['selector-matches-nothing']);
  });
});
