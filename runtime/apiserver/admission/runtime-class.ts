import { quantitiesIn } from '../../api/pod-totals.ts';
import type { core, Pod } from '../../api/types.ts';
import { type Registry, readObject } from '../registry/registry.ts';
import { forbidden } from '../verbs/errors.ts';
import { type AdmissionPlugin, type Attributes, concerns } from './admission.ts';
import { mergeTolerations } from './tolerations.ts';

interface RuntimeClass {
  overhead?: { podFixed?: Record<string, string> };
  scheduling?: { nodeSelector?: Record<string, string>; tolerations?: core.Toleration[] };
}

/** A pod takes over its runtime class's overhead and where it may run. */
export const runtimeClass: AdmissionPlugin = {
  name: 'RuntimeClass',
  mutate(attributes, registry) {
    const spec = newPod(attributes);
    return spec?.runtimeClassName ? takeOver(attributes, registry, spec) : undefined;
  },
  validate(attributes, registry) {
    const spec = newPod(attributes);
    if (!spec?.runtimeClassName && spec?.overhead === undefined) return undefined;
    return checkOverhead(attributes, registry, spec);
  },
};

function newPod(attributes: Attributes): core.PodSpec | undefined {
  if (attributes.operation !== 'CREATE' || !concerns(attributes, '', 'pods')) return undefined;
  return (attributes.object as unknown as Pod).spec;
}

const differs = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead";
const unasked =
  'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead';

/** May run again on the same pod, so that it leaves alone what is as it should be. */
async function takeOver(
  attributes: Attributes,
  registry: Registry,
  spec: core.PodSpec,
): Promise<void> {
  const found = await classOf(attributes, registry, spec);
  const refuse = (why: string) => forbidden(attributes.served, attributes.place.name, why);
  const overhead = found?.overhead?.podFixed;
  if (overhead !== undefined) {
    if (spec.overhead !== undefined && !sameAmounts(spec.overhead, overhead)) throw refuse(differs);
    spec.overhead = { ...overhead };
  }
  const { nodeSelector = {}, tolerations = [] } = found?.scheduling ?? {};
  for (const [key, value] of Object.entries(nodeSelector)) {
    if (spec.nodeSelector?.[key] !== undefined && spec.nodeSelector[key] !== value) {
      throw refuse(
        `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${spec.nodeSelector[key]}`,
      );
    }
    spec.nodeSelector = { ...spec.nodeSelector, [key]: value };
  }
  if (tolerations.length > 0) {
    const own = structuredClone(tolerations);
    spec.tolerations = mergeTolerations(spec.tolerations ?? [], own);
  }
}

async function checkOverhead(
  attributes: Attributes,
  registry: Registry,
  spec: core.PodSpec,
): Promise<void> {
  const found = await classOf(attributes, registry, spec);
  const overhead = found?.overhead?.podFixed;
  const refuse = (why: string) => forbidden(attributes.served, attributes.place.name, why);
  if (overhead === undefined) {
    if (spec.overhead !== undefined) throw refuse(unasked);
  } else if (spec.overhead === undefined || !sameAmounts(spec.overhead, overhead)) {
    throw refuse(differs);
  }
}

/** Undefined for a pod that names none. Throws Forbidden if it is not there. */
async function classOf(
  { served, place }: Attributes,
  registry: Registry,
  { runtimeClassName: name }: core.PodSpec,
): Promise<RuntimeClass | undefined> {
  if (!name) return undefined;
  const at = { namespace: '', name };
  const found = await readObject(registry, 'node.k8s.io', 'v1', 'runtimeclasses', at);
  if (found !== undefined) return found as RuntimeClass;
  throw forbidden(served, place.name, `pod rejected: RuntimeClass "${name}" not found`);
}

function sameAmounts(a: Record<string, string>, b: Record<string, string>): boolean {
  const left = quantitiesIn(a);
  const right = quantitiesIn(b);
  const same = [...left].every(([name, { nano }]) => right.get(name)?.nano === nano);
  return left.size === right.size && same;
}
