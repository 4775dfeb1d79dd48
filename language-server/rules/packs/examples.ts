/** Manifests around the few lines that an example is about. */

/** A Pod whose container has these lines besides its name; `spec` has lines for the pod itself. */
export function podExample(container: string, spec = ''): string {
  return `apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
${indented(spec, 2)}  containers:
    - name: web
${indented(container, 6)}`;
}

/** A Deployment whose container has these lines, and whose spec and pods have others. */
export function deploymentExample(parts: {
  readonly container?: string;
  readonly spec?: string;
  readonly pod?: string;
}): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
${indented(parts.spec ?? '', 2)}  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
${indented(parts.pod ?? '', 6)}      containers:
        - name: web
${indented(parts.container ?? 'image: registry.example.com/web:1.4.2', 10)}`;
}

export const webService = `---
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector:
    app: web
  ports:
    - port: 80
      targetPort: 8080
`;

export const webBudget = `---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: web
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      app: web
`;

export const webAutoscaler = `---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: web
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: web
  minReplicas: 2
  maxReplicas: 5
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: 80
`;

function indented(text: string, columns: number): string {
  if (text === '') return '';
  const lines = text.trimEnd().split('\n');
  return lines.map((line) => `${' '.repeat(columns)}${line}\n`).join('');
}

export function cronJobExample(spec: string): string {
  return `apiVersion: batch/v1
kind: CronJob
metadata:
  name: report
spec:
  schedule: "0 3 * * *"
${indented(spec, 2)}  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: report
              image: registry.example.com/report:1.4.2
`;
}
