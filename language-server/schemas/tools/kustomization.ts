/** kustomization.yaml. https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/ */
import type { Schema } from '../../../runtime/api/schema.ts';

const text = (description?: string): Schema => ({
  type: 'string',
  ...(description === undefined ? {} : { description }),
});
const flag = (description?: string): Schema => ({ ...text(description), type: 'boolean' });
const list = (items: Schema, description: string): Schema => ({
  type: 'array',
  items,
  description,
});
const texts = (description: string): Schema => list(text(), description);
const pairs = (description: string): Schema => ({
  type: 'object',
  additionalProperties: text(),
  description,
});
const object = (properties: Record<string, Schema>, required: string[] = []): Schema => ({
  type: 'object',
  properties,
  ...(required.length === 0 ? {} : { required }),
});
const free: Schema = { 'x-kubernetes-preserve-unknown-fields': true };

const selector = object({
  group: text(),
  version: text(),
  kind: text(),
  name: text('A regular expression'),
  namespace: text('A regular expression'),
  labelSelector: text(),
  annotationSelector: text(),
});
const generatorOptions = object({
  labels: pairs('Labels of what is generated'),
  annotations: pairs('Annotations of what is generated'),
  disableNameSuffixHash: flag('Leaves out the hash of the content after the name'),
  immutable: flag(),
});
const generated = {
  name: text('The name, before a hash of the content is put behind it'),
  namespace: text(),
  behavior: { type: 'string', enum: ['create', 'replace', 'merge'] } as const,
  literals: texts('`key=value`'),
  files: texts('Paths of files, or `key=path`'),
  env: text('Path of a file of `key=value` lines'),
  envs: texts('Paths of files of `key=value` lines'),
  options: generatorOptions,
};
const fieldSpecs = list(
  object({ group: text(), version: text(), kind: text(), path: text(), create: flag() }),
  'Fields to put them into, too',
);

const images = list(
  object(
    {
      name: text('The image as the manifests call it, without its tag'),
      newName: text(),
      newTag: text(),
      digest: text(),
      tagSuffix: text(),
    },
    ['name'],
  ),
  'Other names and tags for images',
);

export const kustomizationSchema: Schema = {
  type: 'object',
  description: 'What kustomize builds: which objects, and how they are changed',
  properties: {
    apiVersion: {
      type: 'string',
      enum: ['kustomize.config.k8s.io/v1beta1', 'kustomize.config.k8s.io/v1alpha1'],
    },
    kind: { type: 'string', enum: ['Kustomization', 'Component'] },
    metadata: free,
    resources: texts('Files, folders with a kustomization, or URLs'),
    bases: texts('Deprecated: use resources'),
    components: texts('Folders with a Component'),
    crds: texts('Files with OpenAPI definitions of custom resources'),
    namespace: text('The namespace of all objects'),
    namePrefix: text('Put before all names'),
    nameSuffix: text('Put behind all names'),
    labels: list(
      object({
        pairs: pairs('The labels'),
        includeSelectors: flag('Into selectors, too'),
        includeTemplates: flag('Into templates, too'),
        fields: fieldSpecs,
      }),
      'Labels of all objects',
    ),
    commonLabels: pairs('Deprecated: use labels. Labels of all objects and selectors'),
    commonAnnotations: pairs('Annotations of all objects'),
    images,
    // What it was called at first; kustomize still reads it as `images`.
    imageTags: { ...images, description: 'Deprecated: use images' },
    replicas: list(
      object({ name: text(), count: { type: 'integer', minimum: 0 } }, ['name', 'count']),
      'Numbers of replicas, by name of the workload',
    ),
    patches: list(
      object({
        path: text('File with the patch'),
        patch: text('The patch itself: a strategic merge patch or a JSON patch'),
        target: selector,
        options: { type: 'object', additionalProperties: { type: 'boolean' } },
      }),
      'Changes to objects',
    ),
    patchesStrategicMerge: texts('Deprecated: use patches'),
    patchesJson6902: list(
      object({ path: text(), patch: text(), target: selector }),
      'Deprecated: use patches',
    ),
    configMapGenerator: list(object(generated), 'ConfigMaps to make from files and literals'),
    secretGenerator: list(
      object({ ...generated, type: text('The type of the Secret') }),
      'Secrets to make from files and literals',
    ),
    generatorOptions,
    generators: texts('Files with generators'),
    transformers: texts('Files with transformers'),
    validators: texts('Files with validators'),
    configurations: texts('Files with configurations of transformers'),
    replacements: list(free, 'Values copied from one field to others'),
    vars: list(free, 'Deprecated: use replacements'),
    helmCharts: list(free, 'Charts to render'),
    helmGlobals: free,
    helmChartInflationGenerator: list(free, 'Deprecated: use helmCharts'),
    openapi: object({ path: text() }),
    buildMetadata: texts('managedByLabel, originAnnotations, transformerAnnotations'),
    sortOptions: object({
      order: { type: 'string', enum: ['fifo', 'legacy'] },
      legacySortOptions: free,
    }),
  },
};
