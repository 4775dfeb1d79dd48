import { apiError } from '../../api/status.ts';
import type { Pod, PriorityClass } from '../../api/types.ts';
import { type Registry, readObject } from '../registry/registry.ts';
import { forbidden } from '../verbs/errors.ts';
import { type AdmissionPlugin, type Attributes, concerns } from './admission.ts';

/** Puts the number behind a priority class into the pod. */
export const priority: AdmissionPlugin = {
  name: 'Priority',
  mutate(attributes, registry) {
    if (!concerns(attributes, '', 'pods')) return;
    if (attributes.operation === 'UPDATE') keepPriority(attributes);
    if (attributes.operation !== 'CREATE') return;
    const { priorityClassName } = (attributes.object as unknown as Pod).spec;
    if (!priorityClassName) return setPriority(attributes, defaultClass(registry));
    return readClass(registry, priorityClassName).then((found) => setPriority(attributes, found));
  },
  validate(attributes, registry) {
    if (attributes.operation === 'DELETE') return;
    if (!concerns(attributes, 'scheduling.k8s.io', 'priorityclasses')) return;
    const own = attributes.object as unknown as PriorityClass;
    const other = own.globalDefault === true ? defaultClass(registry) : undefined;
    if (other === undefined || other.metadata.name === own.metadata.name) return;
    throw apiError(
      'Forbidden',
      `priorityclasses.scheduling.k8s.io "${own.metadata.name}" is forbidden: PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`,
    );
  },
};

/** Clients that write a whole pod need not know what was filled in here. */
function keepPriority({ object, previous }: Attributes): void {
  const { spec } = object as unknown as Pod;
  const { priority: value, preemptionPolicy } = (previous as unknown as Pod).spec;
  if (value !== undefined) spec.priority ??= value;
  if (preemptionPolicy !== undefined) spec.preemptionPolicy ??= preemptionPolicy;
}

/** `found` is the class that the pod names, or else the default one. */
function setPriority(attributes: Attributes, found: PriorityClass | undefined): void {
  const { spec } = attributes.object as unknown as Pod;
  if (found === undefined && spec.priorityClassName) {
    const why = `no PriorityClass with name ${spec.priorityClassName} was found`;
    throw forbidden(attributes.served, attributes.place.name, why);
  }
  const value = found?.value ?? 0;
  const policy = found?.preemptionPolicy ?? 'PreemptLowerPriority';
  if (spec.priority !== undefined && spec.priority !== value) {
    throw forbidden(
      attributes.served,
      attributes.place.name,
      `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`,
    );
  }
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== policy) {
    throw forbidden(
      attributes.served,
      attributes.place.name,
      `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${policy} from the given PriorityClass name`,
    );
  }
  spec.priority = value;
  spec.preemptionPolicy = policy;
  if (found !== undefined) spec.priorityClassName = found.metadata.name;
}

async function readClass(registry: Registry, name: string): Promise<PriorityClass | undefined> {
  const place = { namespace: '', name };
  const found = await readObject(registry, 'scheduling.k8s.io', 'v1', 'priorityclasses', place);
  return found as unknown as PriorityClass | undefined;
}

/** Of several defaults, which should not be, the lowest counts. */
function defaultClass(registry: Registry): PriorityClass | undefined {
  let lowest: PriorityClass | undefined;
  for (const item of registry.cache.resource('scheduling.k8s.io/priorityclasses').items()) {
    const candidate = item.object as unknown as PriorityClass;
    if (candidate.globalDefault !== true) continue;
    if (lowest === undefined || candidate.value < lowest.value) lowest = candidate;
  }
  return lowest;
}
