import type { core, Pod } from '../../api/types.ts';
import { type Registry, readObject } from '../registry/registry.ts';
import { forbidden } from '../verbs/errors.ts';
import { type AdmissionPlugin, type Attributes, concerns } from './admission.ts';

interface RuntimeClass {
  overhead?: { podFixed?: Record<string, string> };
  scheduling?: { nodeSelector?: Record<string, string>; tolerations?: core.Toleration[] };
}

/** A pod takes over its runtime class's overhead and where it may run. */
export const runtimeClass: AdmissionPlugin = {
  name: 'RuntimeClass',
  mutate(attributes, registry) {
    if (attributes.operation !== 'CREATE' || !concerns(attributes, '', 'pods')) return;
    const { spec } = attributes.object as unknown as Pod;
    return spec.runtimeClassName ? takeOver(attributes, registry, spec) : undefined;
  },
};

async function takeOver(
  attributes: Attributes,
  registry: Registry,
  spec: core.PodSpec,
): Promise<void> {
  const name = spec.runtimeClassName ?? '';
  const place = { namespace: '', name };
  const found = (await readObject(registry, 'node.k8s.io', 'v1', 'runtimeclasses', place)) as
    | RuntimeClass
    | undefined;
  const refuse = (why: string) => forbidden(attributes.served, attributes.place.name, why);
  if (found === undefined) {
    throw refuse(`pod rejected: RuntimeClass "${name}" not found`);
  }
  const overhead = found.overhead?.podFixed;
  if (overhead !== undefined) {
    if (spec.overhead !== undefined && JSON.stringify(spec.overhead) !== JSON.stringify(overhead)) {
      throw refuse("pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
    }
    spec.overhead = { ...overhead };
  }
  const { nodeSelector = {}, tolerations = [] } = found.scheduling ?? {};
  for (const [key, value] of Object.entries(nodeSelector)) {
    if (spec.nodeSelector?.[key] !== undefined && spec.nodeSelector[key] !== value) {
      throw refuse(
        `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${spec.nodeSelector[key]}`,
      );
    }
    spec.nodeSelector = { ...spec.nodeSelector, [key]: value };
  }
  if (tolerations.length > 0) {
    spec.tolerations = [...(spec.tolerations ?? []), ...structuredClone(tolerations)];
  }
}
