import type { CertificateSigningRequest, PriorityClass, RoleBinding } from '../../../api/types.ts';
import { textAt, valueAt } from '../../registry/json.ts';
import {
  ageColumn,
  at,
  type Column,
  createdAtColumn,
  duration,
  integer,
  nameColumn,
  text,
  wide,
} from './column.ts';

const listSize = (field: string) => (object: object) => {
  const list = valueAt(object, field);
  return Array.isArray(list) ? list.length : 0;
};

const webhooks: readonly Column[] = [
  nameColumn,
  integer('Webhooks', listSize('webhooks')),
  ageColumn,
];

const subjects = (kind: string) => (binding: RoleBinding) =>
  (binding.subjects ?? [])
    .filter((subject) => subject.kind === kind)
    .map(({ namespace, name }) => (kind === 'ServiceAccount' ? `${namespace ?? ''}/${name}` : name))
    .join(', ');

const bindings: readonly Column[] = [
  nameColumn,
  text('Role', ({ roleRef }: RoleBinding) => `${roleRef.kind}/${roleRef.name}`),
  ageColumn,
  wide(text('Users', subjects('User'))),
  wide(text('Groups', subjects('Group'))),
  wide(text('ServiceAccounts', subjects('ServiceAccount'))),
];

function requestCondition(request: CertificateSigningRequest): string {
  const types = (request.status?.conditions ?? []).map(({ type }) => type);
  const decided = types.includes('Denied')
    ? ['Denied']
    : types.includes('Approved')
      ? ['Approved']
      : [];
  if (types.includes('Failed')) decided.push('Failed');
  if (request.status?.certificate) decided.push('Issued');
  return decided.length === 0 ? 'Pending' : decided.join(',');
}

export const extensionColumns: Record<string, readonly Column[]> = {
  'rbac.authorization.k8s.io/Role': [nameColumn, createdAtColumn],
  'rbac.authorization.k8s.io/ClusterRole': [nameColumn, createdAtColumn],
  'rbac.authorization.k8s.io/RoleBinding': bindings,
  'rbac.authorization.k8s.io/ClusterRoleBinding': bindings,
  'coordination.k8s.io/Lease': [
    nameColumn,
    text('Holder', (object: object) => textAt(object, 'spec', 'holderIdentity')),
    ageColumn,
  ],
  'scheduling.k8s.io/PriorityClass': [
    nameColumn,
    integer('Value', (priority: PriorityClass) => priority.value),
    {
      ...text('Global-Default', () => ''),
      type: 'boolean',
      cell: (object) => valueAt(object, 'globalDefault') === true,
    },
    ageColumn,
    text(
      'PreemptionPolicy',
      (priority: PriorityClass) => priority.preemptionPolicy ?? 'PreemptLowerPriority',
    ),
  ],
  'node.k8s.io/RuntimeClass': [nameColumn, text('Handler', at('handler')), ageColumn],
  'admissionregistration.k8s.io/MutatingWebhookConfiguration': webhooks,
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration': webhooks,
  'admissionregistration.k8s.io/ValidatingAdmissionPolicy': [
    nameColumn,
    integer('Validations', (object: object) =>
      listSize('validations')(valueAt(object, 'spec') as object),
    ),
    text('ParamKind', (object: object) => {
      const kind = valueAt(object, 'spec', 'paramKind');
      return kind === undefined
        ? '<unset>'
        : `${textAt(kind, 'apiVersion')}/${textAt(kind, 'kind')}`;
    }),
    ageColumn,
  ],
  'admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding': [
    nameColumn,
    text('PolicyName', at('spec', 'policyName')),
    text('ParamRef', (object: object) => textAt(object, 'spec', 'paramRef', 'name') || '<unset>'),
    ageColumn,
  ],
  'apiextensions.k8s.io/CustomResourceDefinition': [nameColumn, createdAtColumn],
  'apiregistration.k8s.io/APIService': [
    nameColumn,
    text('Service', (object: object) => {
      const service = valueAt(object, 'spec', 'service');
      return service === undefined
        ? 'Local'
        : `${textAt(service, 'namespace')}/${textAt(service, 'name')}`;
    }),
    text('Available', (object: object) => {
      const conditions = valueAt(object, 'status', 'conditions');
      const found = Array.isArray(conditions)
        ? conditions.find((condition) => valueAt(condition, 'type') === 'Available')
        : undefined;
      const status = textAt(found, 'status') || 'Unknown';
      return status === 'True' ? status : `${status} (${textAt(found, 'reason')})`;
    }),
    ageColumn,
  ],
  'certificates.k8s.io/CertificateSigningRequest': [
    nameColumn,
    ageColumn,
    text('SignerName', at('spec', 'signerName')),
    text('Requestor', (request: CertificateSigningRequest) => request.spec.username ?? ''),
    text('RequestedDuration', ({ spec }: CertificateSigningRequest) =>
      spec.expirationSeconds === undefined ? '<none>' : duration(spec.expirationSeconds * 1000),
    ),
    text('Condition', requestCondition),
  ],
  'flowcontrol.apiserver.k8s.io/FlowSchema': [
    nameColumn,
    text('PriorityLevel', at('spec', 'priorityLevelConfiguration', 'name')),
    integer('MatchingPrecedence', (object: object) =>
      Number(textAt(object, 'spec', 'matchingPrecedence')),
    ),
    text('DistinguisherMethod', at('spec', 'distinguisherMethod', 'type')),
    ageColumn,
    text('MissingPL', () => 'False'),
  ],
  'flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration': [
    nameColumn,
    text('Type', at('spec', 'type')),
    text(
      'NominalConcurrencyShares',
      (object: object) => textAt(object, 'spec', 'limited', 'nominalConcurrencyShares') || '<none>',
    ),
    text(
      'Queues',
      (object: object) =>
        textAt(object, 'spec', 'limited', 'limitResponse', 'queuing', 'queues') || '<none>',
    ),
    text(
      'HandSize',
      (object: object) =>
        textAt(object, 'spec', 'limited', 'limitResponse', 'queuing', 'handSize') || '<none>',
    ),
    text(
      'QueueLengthLimit',
      (object: object) =>
        textAt(object, 'spec', 'limited', 'limitResponse', 'queuing', 'queueLengthLimit') ||
        '<none>',
    ),
    ageColumn,
  ],
};
