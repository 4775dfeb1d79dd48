// Types that the client library flattens to `string` or `any`, and defaults that belong to the
// schema itself (what the server fills in by kind is in runtime/api/defaults).

const ref = (name) => ({ $ref: `#/components/schemas/${name}` });
const quantity = 'io.k8s.apimachinery.pkg.api.resource.Quantity';
const time = 'io.k8s.apimachinery.pkg.apis.meta.v1.Time';
const microTime = 'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime';
const fieldsV1 = 'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1';
const raw = 'io.k8s.apimachinery.pkg.runtime.RawExtension';
const intOrString = 'io.k8s.apimachinery.pkg.util.intstr.IntOrString';
const crd = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1';
const storageVersionSpec = 'io.k8s.api.apiserverinternal.v1alpha1.StorageVersionSpec';
const basicPolicy = 'io.k8s.api.scheduling.v1alpha2.BasicSchedulingPolicy';

export const timeRef = ref(time);
export const microTimeRef = ref(microTime);
export const intOrStringRef = ref(intOrString);
export const quantityRef = ref(quantity);

/** Scalars and free forms, by their full names. */
export const definitions = {
  [quantity]: {
    description:
      'An amount with an optional unit: a decimal number followed by nothing, by a decimal unit ' +
      '(n, u, m, k, M, G, T, P, E), by a binary unit (Ki, Mi, Gi, Ti, Pi, Ei) or by an exponent ' +
      '(e3). 500m is half of one, 1.5Gi is 1536Mi.',
    format: 'quantity',
    oneOf: [{ type: 'string' }, { type: 'number' }],
  },
  [time]: {
    description: 'A moment in RFC 3339, to the second: 2026-01-31T12:00:00Z.',
    format: 'date-time',
    type: 'string',
  },
  [microTime]: {
    description: 'A moment in RFC 3339, to the microsecond: 2026-01-31T12:00:00.000000Z.',
    format: 'date-time',
    type: 'string',
  },
  [fieldsV1]: {
    description:
      'A set of fields as a tree; its keys are f:<name>, k:<keys of a list item>, ' +
      'v:<value in a set>, i:<index>, or . for the field itself.',
    type: 'object',
    'x-kubernetes-preserve-unknown-fields': true,
  },
  [raw]: {
    description: 'An object of any kind.',
    type: 'object',
    'x-kubernetes-preserve-unknown-fields': true,
  },
  [intOrString]: {
    description: 'A whole number or a string; the string is a name or a percentage.',
    format: 'int-or-string',
    oneOf: [{ type: 'integer' }, { type: 'string' }],
  },
  [`${crd}.JSON`]: { description: 'Any JSON value.' },
  [`${crd}.JSONSchemaPropsOrBool`]: { description: 'A schema, or true or false.' },
  [`${crd}.JSONSchemaPropsOrArray`]: { description: 'A schema, or a list of schemas.' },
  [`${crd}.JSONSchemaPropsOrStringArray`]: { description: 'A schema, or a list of strings.' },
  [`${crd}.CustomResourceSubresourceStatus`]: {
    description:
      'Turns on the /status subresource of the custom resource: its status is then written there ' +
      'alone, and everything else is not.',
    type: 'object',
  },
  [storageVersionSpec]: { description: 'Empty.', type: 'object' },
  [basicPolicy]: {
    description: 'Pods of the group are scheduled one by one, as if they were in none.',
    type: 'object',
  },
  'io.k8s.apimachinery.pkg.apis.meta.v1.Patch': {
    description: 'The body of a PATCH request.',
    type: 'object',
    'x-kubernetes-preserve-unknown-fields': true,
  },
};

/** `Type.field` → its definition, in every group and version that has it. */
export const refs = {
  'AllocatedDeviceStatus.data': raw,
  'ControllerRevision.data': raw,
  'OpaqueDeviceConfiguration.parameters': raw,
  'WatchEvent.object': raw,
  'ManagedFieldsEntry.fieldsV1': fieldsV1,
  'JSONSchemaProps.additionalItems': `${crd}.JSONSchemaPropsOrBool`,
  'JSONSchemaProps.additionalProperties': `${crd}.JSONSchemaPropsOrBool`,
  'JSONSchemaProps.default': `${crd}.JSON`,
  'JSONSchemaProps.dependencies': `${crd}.JSONSchemaPropsOrStringArray`,
  'JSONSchemaProps.enum': `${crd}.JSON`,
  'JSONSchemaProps.example': `${crd}.JSON`,
  'JSONSchemaProps.items': `${crd}.JSONSchemaPropsOrArray`,
  'StorageVersion.spec': storageVersionSpec,
  'PodGroupSchedulingPolicy.basic': basicPolicy,
  'CustomResourceSubresources.status': `${crd}.CustomResourceSubresourceStatus`,
};

/** Fields (or their values or items) that are quantities. */
const quantities = {
  CapacityRequestPolicy: ['default', 'validValues'],
  CapacityRequestPolicyRange: ['max', 'min', 'step'],
  CapacityRequirements: ['requests'],
  ContainerStatus: ['allocatedResources'],
  Counter: ['value'],
  CSIStorageCapacity: ['capacity', 'maximumVolumeSize'],
  DeviceCapacity: ['value'],
  DeviceRequestAllocationResult: ['consumedCapacity'],
  EmptyDirVolumeSource: ['sizeLimit'],
  HPAScalingRules: ['tolerance'],
  LimitRangeItem: ['default', 'defaultRequest', 'max', 'maxLimitRequestRatio', 'min'],
  MetricTarget: ['averageValue', 'value'],
  MetricValueStatus: ['averageValue', 'value'],
  NodeAllocatableResourceClaimStatus: ['resources'],
  NodeAllocatableResourceMapping: ['allocationMultiplier'],
  NodeStatus: ['allocatable', 'capacity'],
  Overhead: ['podFixed'],
  PersistentVolumeClaimStatus: ['allocatedResources', 'capacity'],
  PersistentVolumeSpec: ['capacity'],
  PodSpec: ['overhead'],
  PodStatus: ['allocatedResources'],
  ResourceFieldSelector: ['divisor'],
  ResourceQuotaSpec: ['hard'],
  ResourceQuotaStatus: ['hard', 'used'],
  ResourceRequirements: ['limits', 'requests'],
  VolumeResourceRequirements: ['limits', 'requests'],
};
for (const [type, fields] of Object.entries(quantities)) {
  for (const field of fields) refs[`${type}.${field}`] = quantity;
}

const rbd = { keyring: '/etc/ceph/keyring', pool: 'rbd', user: 'admin' };
const scaleIO = { fsType: 'xfs', storageMode: 'ThinProvisioned' };
const iscsi = { iscsiInterface: 'default' };

/** Defaults that are part of the published schema; merge keys among them matter to apply. */
export const defaults = {
  AzureDiskVolumeSource: {
    cachingMode: 'ReadWrite',
    fsType: 'ext4',
    kind: 'Shared',
    readOnly: false,
  },
  ContainerPort: { protocol: 'TCP' },
  GRPCAction: { service: '' },
  ISCSIPersistentVolumeSource: iscsi,
  ISCSIVolumeSource: iscsi,
  RBDPersistentVolumeSource: rbd,
  RBDVolumeSource: rbd,
  ScaleIOPersistentVolumeSource: scaleIO,
  ScaleIOVolumeSource: scaleIO,
  ServicePort: { protocol: 'TCP' },
};
