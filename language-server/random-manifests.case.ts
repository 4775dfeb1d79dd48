/** Manifests drawn at random, of few names, so that changes to one meet what others say of it. */
import fc from 'fast-check';

export const names = ['frontend', 'frontent', 'backend'];
export const name = fc.constantFrom(...names);
const namespace = fc.constantFrom('', '', 'shop', 'strict');
const meta = (of: string, where: string, more = '') =>
  `metadata: {name: ${of}${where === '' ? '' : `, namespace: ${where}`}${more}}\n`;

/** One object. */
export const object = fc.oneof(
  fc
    .tuple(name, namespace, name, name, fc.constantFrom('http', 'admin'), fc.constantFrom('a', 'b'))
    .map(
      ([own, where, app, config, port, key]) =>
        `apiVersion: apps/v1\nkind: Deployment\n${meta(own, where)}spec:\n  replicas: 2\n  selector: {matchLabels: {app: ${app}}}\n  template:\n    metadata: {labels: {app: ${app}}}\n    spec:\n      serviceAccountName: ${config}\n      containers:\n        - name: main\n          image: web:1\n          ports: [{name: ${port}, containerPort: 80}]\n          env: [{name: A, valueFrom: {configMapKeyRef: {name: ${config}, key: ${key}}}}]\n`,
    ),
  fc
    .tuple(name, namespace, name, fc.constantFrom('http', 'admin', '80'))
    .map(
      ([own, where, app, port]) =>
        `apiVersion: v1\nkind: Service\n${meta(own, where)}spec: {selector: {app: ${app}}, ports: [{name: http, port: 80, targetPort: ${port}}]}\n`,
    ),
  fc
    .tuple(name, namespace, fc.constantFrom('a', 'b'))
    .map(
      ([own, where, key]) =>
        `apiVersion: v1\nkind: ConfigMap\n${meta(own, where)}data: {${key}: x}\n`,
    ),
  fc
    .tuple(name, namespace, name, fc.constantFrom('name: http', 'number: 80', 'name: x'))
    .map(
      ([own, where, service, port]) =>
        `apiVersion: networking.k8s.io/v1\nkind: Ingress\n${meta(own, where)}spec: {defaultBackend: {service: {name: ${service}, port: {${port}}}}}\n`,
    ),
  fc
    .tuple(name, namespace)
    .map(
      ([target, where]) =>
        `apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\n${meta('scale', where)}spec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: ${target}}}\n`,
    ),
  fc
    .tuple(name, namespace)
    .map(
      ([app, where]) =>
        `apiVersion: policy/v1\nkind: PodDisruptionBudget\n${meta('budget', where)}spec: {minAvailable: 2, selector: {matchLabels: {app: ${app}}}}\n`,
    ),
  fc
    .constantFrom('baseline', 'restricted', 'privileged')
    .map(
      (level) =>
        `apiVersion: v1\nkind: Namespace\n${meta('strict', '', `, labels: {pod-security.kubernetes.io/enforce: ${level}}`)}`,
    ),
  fc
    .tuple(name, namespace)
    .map(([own, where]) => `apiVersion: v1\nkind: ServiceAccount\n${meta(own, where)}`),
  fc
    .constantFrom('string', 'integer')
    .map(
      (type) =>
        `apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: boats.example.com}\nspec:\n  group: example.com\n  scope: Namespaced\n  names: {kind: Boat, plural: boats}\n  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: ${type}}}}}}}}]\n`,
    ),
  fc
    .constantFrom('big', '3')
    .map(
      (size) =>
        `apiVersion: example.com/v1\nkind: Boat\n${meta('boat', '')}spec: {size: ${size}}\n`,
    ),
  fc
    .constantFrom(...names)
    .map(
      (own) =>
        `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nconfigMapGenerator: [{name: ${own}}]\n`,
    ),
);
/** A file of some. */
export const text = fc
  .array(object, { minLength: 1, maxLength: 4 })
  .map((objects) => objects.join('---\n'));
