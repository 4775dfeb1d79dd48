/** What there is to say about the rules that are always on. */
import type { RuleDocumentation } from './packs/pack-rule.ts';
import { type CoreRuleId, coreRuleIds } from './problem.ts';

type Text = Omit<RuleDocumentation, 'id'>;

const api = 'https://kubernetes.io/docs/reference/kubernetes-api/';

const texts: Readonly<Record<CoreRuleId, Text>> = {
  'yaml-syntax': {
    severity: 'error',
    title: 'The file is valid YAML or JSON',
    why: 'What cannot be read cannot be applied: tabs as indentation, fields given twice, brackets that are not closed.',
    howToFix: 'The message says what the parser stumbled over, and where.',
    sources: ['https://yaml.org/spec/1.2.2/'],
  },
  'unknown-kind': {
    severity: 'error',
    title: 'Kind and apiVersion exist, and go together',
    why: 'The API server knows an object by both; a Deployment in `v1` is nothing to it. Kinds of groups that are not Kubernetes’ own are not judged unless their definition is known.',
    howToFix: 'Take the apiVersion or the kind that the message names.',
    sources: [api],
  },
  'removed-api': {
    severity: 'error',
    title: 'The apiVersion is still served',
    why: 'Versions of an API are removed some releases after a better one is there. Current servers refuse them.',
    howToFix:
      'Let the quick fix change the apiVersion, with the structure where that has changed as well.',
    sources: ['https://kubernetes.io/docs/reference/using-api/deprecation-guide/'],
  },
  'deprecated-api': {
    severity: 'warning',
    title: 'Nothing is used that is on its way out',
    why: 'Kinds, fields, annotations and labels of nodes that have a successor, or that do nothing any more. The API server still takes them, with a warning; what is to work in later versions should not rely on them.',
    howToFix:
      'The message is the one that the server would give, and names the successor; where that is all that must change, a quick fix puts it in place.',
    bad: `apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  nodeSelector:
    beta.kubernetes.io/os: linux
  containers:
    - name: web
      image: registry.example.com/web:1.4.2
`,
    good: `apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  nodeSelector:
    kubernetes.io/os: linux
  containers:
    - name: web
      image: registry.example.com/web:1.4.2
`,
    sources: ['https://kubernetes.io/docs/reference/using-api/deprecation-policy/'],
  },
  'unknown-field': {
    severity: 'error',
    title: 'Every field is one that the kind has',
    why: 'The API server drops fields that it does not know, or refuses the object (`kubectl` asks for that). What a misspelled field was to say is not said.',
    howToFix: 'Take the name that the message proposes, or move the field to where it belongs.',
    sources: ['https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation'],
  },
  'missing-field': {
    severity: 'error',
    title: 'Fields that must be there are there',
    why: 'Without them the API server refuses the object.',
    howToFix: 'Let the quick fix add the field with what it must have in turn.',
    sources: [api],
  },
  'wrong-type': {
    severity: 'error',
    title: 'Values have the type of their field',
    why: 'YAML reads `yes`, `1.10` and `0644` as a boolean and numbers. Where a text is wanted the API server refuses them.',
    howToFix: 'Put it in quotes, or take the quotes away.',
    sources: [api],
  },
  'invalid-value': {
    severity: 'error',
    title: 'Values are among those that the field takes',
    why: 'The schema names the values, the range or the form that is allowed. A warning is what a server takes and nothing can use: the name of an image that no engine can read, a permission for a resource, group or verb that there is not, a scale target in the wrong group, a node port out of the usual range.',
    howToFix: 'The message says what is allowed; completion offers it.',
    sources: [api],
  },
  'invalid-object': {
    severity: 'error',
    title: 'The API server would accept the object',
    why: 'Many rules are in no schema: names, labels, selectors that match their template, combinations of fields. They are checked here by the code of the API server itself.',
    howToFix: 'The message is the one that the server would give.',
    sources: [api],
  },
  'server-warning': {
    severity: 'warning',
    title: 'The API server would take the object without a warning',
    why: 'Some mistakes are let in for the sake of those who have made them always: a variable that hides another of the same name, `100m` bytes of memory, two files at one path of a volume, a port that is defined twice. The API server answers with a warning that is easily missed in the output of a pipeline.',
    howToFix: 'The message is the one that the server would give, and names the field.',
    bad: `apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
    - name: web
      image: registry.example.com/web:1.4.2
      env:
        - name: LOG_LEVEL
          value: info
        - name: LOG_LEVEL
          value: debug
`,
    good: `apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
    - name: web
      image: registry.example.com/web:1.4.2
      env:
        - name: LOG_LEVEL
          value: debug
`,
    sources: [
      'https://kubernetes.io/blog/2020/09/03/warnings/',
      'https://github.com/kubernetes/kubernetes/issues/58477',
    ],
  },
  'duplicate-object': {
    severity: 'warning',
    title: 'Each object is in the file once',
    why: 'Of two objects with the same kind, namespace and name the later one replaces the earlier one.',
    howToFix: 'Remove or rename one of them.',
    sources: ['https://kubernetes.io/docs/concepts/overview/working-with-objects/names/'],
  },
  'dangling-reference': {
    severity: 'error',
    title: 'Objects that are named exist',
    why: 'A pod whose ConfigMap, Secret or claim is not there does not start. It is an error where the connected cluster or the file proves it, else a warning or a hint: the object may be elsewhere.',
    howToFix: 'Correct the name, or let the quick fix create the object.',
    sources: ['https://kubernetes.io/docs/tasks/debug/debug-application/debug-pods/'],
  },
  'missing-key': {
    severity: 'error',
    title: 'Keys that are named are in the ConfigMap or Secret',
    why: 'A container that takes a variable from a key that is not there stays in CreateContainerConfigError.',
    howToFix: 'Correct the key, add it, or say `optional: true`.',
    sources: ['https://kubernetes.io/docs/concepts/configuration/configmap/#configmaps-and-pods'],
  },
  'unknown-port': {
    severity: 'error',
    title: 'Ports that are named exist',
    why: 'A Service whose targetPort no container has, an Ingress for a port that the Service has not, or a probe of a port that its container has not, leads nowhere.',
    howToFix: 'Take the port that is there; the message names it.',
    sources: ['https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports'],
  },
  'selector-matches-nothing': {
    severity: 'warning',
    title: 'Services select pods',
    why: 'A Service whose selector fits no pods has no endpoints, and refuses every connection.',
    howToFix:
      'Make the selector the labels of the pod template; the quick fix does where it is clear.',
    sources: ['https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/'],
  },
  'pod-security-enforced': {
    severity: 'error',
    title: 'Pods keep to the level that their namespace enforces',
    why: 'A namespace with the label `pod-security.kubernetes.io/enforce` lets in only pods of that level. A Deployment whose pods are not is accepted, with a warning that is easy to miss, and then never gets a pod. It is an error for a Pod whose namespace is in the same file or in the connected cluster, else a warning.',
    howToFix:
      'The message names what is not allowed; the packs `pod-security-baseline` and `pod-security-restricted` show it at its place, with quick fixes.',
    sources: ['https://kubernetes.io/docs/concepts/security/pod-security-admission/'],
  },
};

export const coreRules: readonly RuleDocumentation[] = coreRuleIds.map((id) => ({
  id,
  ...texts[id],
}));
