/** Defaults of pods, and of the pod specs that templates hold. */
import type { core } from '../types.ts';
import { ensure, entries, fillMissing, record } from './fields.ts';
import { imagePullPolicy } from './images.ts';
import { normalizeResources } from './quantities.ts';
import { defaultFieldSource, defaultVolume } from './volumes.ts';

/** A whole Pod: what a spec gets wherever it stands, and what only a pod itself gets. */
export function defaultPod(pod: core.Pod): void {
  const spec = record(pod.spec);
  if (spec === undefined) return;
  defaultPodSpec(spec);
  for (const container of [...entries(spec.containers), ...entries(spec.initContainers)]) {
    requestWhatIsLimited(container);
    if (spec.hostNetwork === true) publishPorts(container);
  }
  spec.enableServiceLinks ??= true;
}

/** The template of a workload; `template` may be absent in a body that is about to be refused. */
export function defaultPodTemplate(template: core.PodTemplateSpec | undefined): void {
  const spec = record(record(template)?.spec);
  if (spec !== undefined) defaultPodSpec(spec);
}

/** A pod spec, in a pod or in a template. */
export function defaultPodSpec(spec: core.PodSpec): void {
  spec.dnsPolicy ||= 'ClusterFirst';
  spec.restartPolicy ||= 'Always';
  spec.securityContext ??= {};
  spec.terminationGracePeriodSeconds ??= 30;
  spec.schedulerName ||= 'default-scheduler';
  // Two names of one field; readers of either must find it.
  spec.serviceAccountName ||= spec.serviceAccount;
  if (spec.serviceAccountName) spec.serviceAccount = spec.serviceAccountName;
  else delete spec.serviceAccountName;
  for (const container of entries(spec.initContainers)) defaultContainer(container);
  for (const container of entries(spec.containers)) defaultContainer(container);
  for (const container of entries(spec.ephemeralContainers)) defaultContainer(container);
  for (const volume of entries(spec.volumes)) defaultVolume(volume);
  normalizeResources((spec as { resources?: core.ResourceRequirements }).resources);
  if (record(spec.overhead) !== undefined) normalizeResources({ limits: spec.overhead });
}

function defaultContainer(container: core.Container | core.EphemeralContainer): void {
  container.imagePullPolicy ||= imagePullPolicy(container.image);
  container.terminationMessagePath ||= '/dev/termination-log';
  container.terminationMessagePolicy ||= 'File';
  container.resources ??= {};
  normalizeResources(container.resources);
  for (const port of entries(container.ports)) port.protocol ||= 'TCP';
  for (const variable of entries(container.env)) {
    const source = record(variable.valueFrom);
    if (source !== undefined) defaultFieldSource(source);
  }
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) {
    if (record(probe) !== undefined && probe !== undefined) defaultProbe(probe);
  }
  for (const hook of [container.lifecycle?.postStart, container.lifecycle?.preStop]) {
    defaultHttpGet(record(hook)?.httpGet);
  }
}

function defaultProbe(probe: core.Probe): void {
  probe.timeoutSeconds ||= 1;
  probe.periodSeconds ||= 10;
  probe.successThreshold ||= 1;
  probe.failureThreshold ||= 3;
  defaultHttpGet(probe.httpGet);
  const grpc = record(probe.grpc);
  if (grpc !== undefined) grpc.service ??= '';
}

function defaultHttpGet(action: core.HTTPGetAction | undefined): void {
  if (record(action) === undefined || action === undefined) return;
  action.path ||= '/';
  action.scheme ||= 'HTTP';
}

/** A limit without a request is a request for as much. */
function requestWhatIsLimited(container: core.Container): void {
  const resources = record(container.resources);
  const limits = record(resources?.limits);
  if (resources === undefined || limits === undefined) return;
  const requests = ensure(resources, 'requests');
  if (requests !== undefined) fillMissing(requests, limits);
}

/** On the node's network a container's port is the node's port. */
function publishPorts(container: core.Container): void {
  for (const port of entries(container.ports)) port.hostPort ||= port.containerPort;
}
