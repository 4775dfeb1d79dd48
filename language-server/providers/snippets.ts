/**
 * Whole objects to start from. Each passes the checks once its stops are filled in. In the texts
 * `<1:web>` is a stop of the cursor with what stands there at first.
 */
import { apiVersionOf, type GroupVersionKind } from '../../runtime/api/object.ts';

export interface ManifestSnippet {
  readonly kind: string;
  readonly detail: string;
  /** LSP snippet text. */
  readonly body: string;
}

const texts: Readonly<Record<string, readonly [detail: string, text: string]>> = {
  Deployment: [
    'pods that serve, updated without a gap',
    `apiVersion: apps/v1
kind: Deployment
metadata:
  name: <1:web>
spec:
  replicas: <4:2>
  selector:
    matchLabels:
      app: <1:web>
  template:
    metadata:
      labels:
        app: <1:web>
    spec:
      containers:
        - name: <1:web>
          image: <2:image>
          ports:
            - containerPort: <3:8080>
`,
  ],
  StatefulSet: [
    'pods with names and storage of their own',
    `apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: <1:db>
spec:
  serviceName: <1:db>
  replicas: <3:1>
  selector:
    matchLabels:
      app: <1:db>
  template:
    metadata:
      labels:
        app: <1:db>
    spec:
      containers:
        - name: <1:db>
          image: <2:image>
          volumeMounts:
            - name: data
              mountPath: <4:/data>
  volumeClaimTemplates:
    - metadata:
        name: data
      spec:
        accessModes: [ReadWriteOnce]
        resources:
          requests:
            storage: <5:1Gi>
`,
  ],
  DaemonSet: [
    'one pod on every node',
    `apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: <1:agent>
spec:
  selector:
    matchLabels:
      app: <1:agent>
  template:
    metadata:
      labels:
        app: <1:agent>
    spec:
      containers:
        - name: <1:agent>
          image: <2:image>
`,
  ],
  Pod: [
    'one pod, not replaced when it goes',
    `apiVersion: v1
kind: Pod
metadata:
  name: <1:web>
  labels:
    app: <1:web>
spec:
  containers:
    - name: <1:web>
      image: <2:image>
`,
  ],
  Job: [
    'pods that run to an end',
    `apiVersion: batch/v1
kind: Job
metadata:
  name: <1:task>
spec:
  backoffLimit: <3:3>
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: <1:task>
          image: <2:image>
`,
  ],
  CronJob: [
    'a job at set times',
    `apiVersion: batch/v1
kind: CronJob
metadata:
  name: <1:task>
spec:
  schedule: "<3:0 3 * * *>"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: <1:task>
              image: <2:image>
`,
  ],
  ReplicaSet: [
    'as many pods as are wanted; a Deployment makes these itself',
    `apiVersion: apps/v1
kind: ReplicaSet
metadata:
  name: <1:web>
spec:
  replicas: <3:2>
  selector:
    matchLabels:
      app: <1:web>
  template:
    metadata:
      labels:
        app: <1:web>
    spec:
      containers:
        - name: <1:web>
          image: <2:image>
`,
  ],
  ReplicationController: [
    'what a ReplicaSet was before',
    `apiVersion: v1
kind: ReplicationController
metadata:
  name: <1:web>
spec:
  replicas: <3:2>
  selector:
    app: <1:web>
  template:
    metadata:
      labels:
        app: <1:web>
    spec:
      containers:
        - name: <1:web>
          image: <2:image>
`,
  ],
  Service: [
    'one stable address for many pods',
    `apiVersion: v1
kind: Service
metadata:
  name: <1:web>
spec:
  selector:
    app: <1:web>
  ports:
    - port: <2:80>
      targetPort: <3:8080>
`,
  ],
  Ingress: [
    'HTTP from outside to services',
    `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: <1:web>
spec:
  rules:
    - host: <2:web.example.com>
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: <1:web>
                port:
                  number: <3:80>
`,
  ],
  ConfigMap: [
    'settings',
    `apiVersion: v1
kind: ConfigMap
metadata:
  name: <1:settings>
data:
  <2:key>: <3:value>
`,
  ],
  Secret: [
    'passwords and keys',
    `apiVersion: v1
kind: Secret
metadata:
  name: <1:secret>
type: Opaque
stringData:
  <2:key>: <3:value>
`,
  ],
  PersistentVolumeClaim: [
    'storage that outlives its pod',
    `apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: <1:data>
spec:
  accessModes: [ReadWriteOnce]
  resources:
    requests:
      storage: <2:1Gi>
`,
  ],
  Namespace: [
    'a room for names',
    `apiVersion: v1
kind: Namespace
metadata:
  name: <1:team>
`,
  ],
  ServiceAccount: [
    'who pods are',
    `apiVersion: v1
kind: ServiceAccount
metadata:
  name: <1:web>
`,
  ],
  Role: [
    'rights within a namespace',
    `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: <1:reader>
rules:
  - apiGroups: [""]
    resources: [<2:pods>]
    verbs: [<3:get, list, watch>]
`,
  ],
  RoleBinding: [
    'gives rights to someone',
    `apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: <1:reader>
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: <1:reader>
subjects:
  - kind: ServiceAccount
    name: <2:web>
    namespace: <3:default>
`,
  ],
  HorizontalPodAutoscaler: [
    'as many pods as the load needs',
    `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: <1:web>
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: <1:web>
  minReplicas: <2:1>
  maxReplicas: <3:5>
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: <4:80>
`,
  ],
  NetworkPolicy: [
    'who may talk to whom',
    `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: <1:web>
spec:
  podSelector:
    matchLabels:
      app: <1:web>
  policyTypes: [Ingress]
  ingress:
    - from:
        - podSelector:
            matchLabels:
              app: <2:client>
`,
  ],
  PodDisruptionBudget: [
    'how many pods may be away at once',
    `apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: <1:web>
spec:
  minAvailable: <2:1>
  selector:
    matchLabels:
      app: <1:web>
`,
  ],
  ClusterRole: [
    'rights in all namespaces',
    `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: <1:reader>
rules:
  - apiGroups: [""]
    resources: [<2:nodes>]
    verbs: [<3:get, list, watch>]
`,
  ],
  ClusterRoleBinding: [
    'gives rights in all namespaces to someone',
    `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: <1:reader>
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: <1:reader>
subjects:
  - kind: ServiceAccount
    name: <2:web>
    namespace: <3:default>
`,
  ],
  PersistentVolume: [
    'storage to be claimed',
    `apiVersion: v1
kind: PersistentVolume
metadata:
  name: <1:data>
spec:
  capacity:
    storage: <2:1Gi>
  accessModes: [ReadWriteOnce]
  hostPath:
    path: <3:/srv/data>
`,
  ],
  StorageClass: [
    'how claims get their storage',
    `apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata:
  name: <1:fast>
provisioner: <2:example.com/disks>
volumeBindingMode: WaitForFirstConsumer
`,
  ],
  ResourceQuota: [
    'how much a namespace may use',
    `apiVersion: v1
kind: ResourceQuota
metadata:
  name: <1:quota>
spec:
  hard:
    requests.cpu: "<2:4>"
    requests.memory: <3:8Gi>
    pods: "<4:20>"
`,
  ],
  LimitRange: [
    'what containers get that say nothing',
    `apiVersion: v1
kind: LimitRange
metadata:
  name: <1:defaults>
spec:
  limits:
    - type: Container
      defaultRequest:
        cpu: <2:100m>
        memory: <3:128Mi>
      default:
        memory: <3:128Mi>
`,
  ],
  PriorityClass: [
    'who goes first',
    `apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata:
  name: <1:important>
value: <2:1000>
description: <3:what people wait for>
`,
  ],
  IngressClass: [
    'which controller serves an Ingress',
    `apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata:
  name: <1:web>
spec:
  controller: <2:example.com/ingress>
`,
  ],
  CustomResourceDefinition: [
    'a kind of your own',
    `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: <1:boats>.<2:example.com>
spec:
  group: <2:example.com>
  scope: Namespaced
  names:
    kind: <3:Boat>
    plural: <1:boats>
    singular: <4:boat>
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties:
                <5:length>:
                  type: integer
`,
  ],
};

export const manifestSnippets: readonly ManifestSnippet[] = Object.entries(texts).map(
  ([kind, [detail, text]]) => ({ kind, detail, body: text.replace(/<(\d:[^>]*)>/g, '$${$1}') }),
);

/** An object of the kind, a snippet: as it is begun with, or as much as all objects have. */
export function skeletonOf(gvk: GroupVersionKind): string {
  const beginning = `apiVersion: ${apiVersionOf(gvk)}\nkind: ${gvk.kind}\n`;
  const known = manifestSnippets.find(({ body }) => body.startsWith(beginning));
  return known?.body ?? `${beginning}metadata:\n  name: \${1:${gvk.kind.toLowerCase()}}\n`;
}
