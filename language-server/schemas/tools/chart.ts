/** Chart.yaml of a Helm chart. https://helm.sh/docs/topics/charts/#the-chartyaml-file */
import type { Schema } from '../../../runtime/api/schema.ts';

const text = (description: string): Schema => ({ type: 'string', description });
const texts = (description: string): Schema => ({
  type: 'array',
  items: { type: 'string' },
  description,
});

const dependency: Schema = {
  type: 'object',
  required: ['name'],
  properties: {
    name: text('The name of the chart'),
    version: text('The version, or a range of versions'),
    repository: text('URL of the repository, or `@alias`'),
    condition: text('A path in the values that turns the chart on, `subchart.enabled`'),
    tags: texts('Tags by which charts are turned on together'),
    enabled: { type: 'boolean' },
    'import-values': {
      type: 'array',
      items: { 'x-kubernetes-preserve-unknown-fields': true },
      description: 'Values taken over from the chart',
    },
    alias: text('Another name for the chart, to use it more than once'),
  },
};

export const chartSchema: Schema = {
  type: 'object',
  description: 'What a Helm chart is',
  required: ['apiVersion', 'name', 'version'],
  properties: {
    apiVersion: { type: 'string', enum: ['v1', 'v2'], description: 'v2 for Helm 3 and later' },
    name: text('The name of the chart'),
    version: text('The version of the chart, as SemVer 2'),
    kubeVersion: text('Versions of Kubernetes that it works with, as a SemVer range'),
    description: text('One sentence about the chart'),
    type: { type: 'string', enum: ['application', 'library'], description: 'What it is for' },
    keywords: texts('Words to find it by'),
    home: text('URL of the home page'),
    sources: texts('URLs of the source code'),
    dependencies: { type: 'array', items: dependency, description: 'Charts that it needs' },
    maintainers: {
      type: 'array',
      description: 'Who looks after it',
      items: {
        type: 'object',
        required: ['name'],
        properties: { name: text('The name'), email: text('The address'), url: text('A page') },
      },
    },
    icon: text('URL of an image'),
    appVersion: text('The version of what it installs; put it in quotes'),
    deprecated: { type: 'boolean', description: 'Whether nobody should use it any more' },
    annotations: {
      type: 'object',
      additionalProperties: { type: 'string' },
      description: 'Anything else, by name',
    },
    engine: text('Of old charts: the template engine'),
    tillerVersion: text('Of old charts: versions of Tiller'),
  },
};
