/** Containers of a pod: application, init and sidecar. */
import type { core } from '../types.ts';
import { validateEnv, validateEnvFrom } from './env.ts';
import { type MountableVolume, validateDevices, validateMounts } from './mounts.ts';
import { checkLabel, checkPortName } from './names.ts';
import { validateContainerClaims } from './pod-claims.ts';
import { validateLifecycle, validateProbe } from './probes.ts';
import type { Problems } from './problems.ts';
import { validateProfiles } from './profiles.ts';
import { validateResources } from './resources.ts';
import { indexed, isRecord, list, oneOf, portNumber, requireName } from './values.ts';

/** What a container's checks need to know of its pod. */
export interface PodContext {
  volumes: ReadonlyMap<string, MountableVolume>;
  /** Names of the pod's resource claims. */
  claims: ReadonlySet<string>;
  hostNetwork: boolean;
  /** A pod itself, not the template of some. */
  isPod: boolean;
}

const protocols = ['SCTP', 'TCP', 'UDP'];

/** Checks `containers` and `initContainers`, whose names must differ. */
export function validateContainers(
  spec: core.PodSpec,
  field: string,
  context: PodContext,
  problems: Problems,
): void {
  if (list(spec.containers).length === 0) problems.required(`${field}.containers`);
  const names = new Set<string>();
  const hostPorts = new Set<string>();
  for (const [i, container] of indexed(spec.containers)) {
    const at = `${field}.containers[${i}]`;
    validateContainer(container, at, context, problems);
    nameOnce(container.name, `${at}.name`, names, problems);
    validateProbes(container, at, problems);
    validateLifecycle(container.lifecycle, `${at}.lifecycle`, problems);
    publishOnce(container, at, hostPorts, problems);
    validateRestart(container, at, problems);
  }
  for (const [i, container] of indexed(spec.initContainers)) {
    const at = `${field}.initContainers[${i}]`;
    validateContainer(container, at, context, problems);
    nameOnce(container.name, `${at}.name`, names, problems);
    validateInitContainer(container, at, problems);
  }
  for (const [i, container] of indexed(spec.ephemeralContainers)) {
    const at = `${field}.ephemeralContainers[${i}]`;
    validateContainer(container as core.Container, at, context, problems);
    nameOnce(container.name, `${at}.name`, names, problems);
    validateEphemeral(container, at, spec, problems);
  }
}

function nameOnce(name: unknown, field: string, names: Set<string>, problems: Problems): void {
  if (typeof name !== 'string' || name === '') return;
  if (names.has(name)) problems.duplicate(field, name);
  names.add(name);
}

/** A port of the node can be given away once per pod. */
function publishOnce(
  container: core.Container,
  field: string,
  taken: Set<string>,
  problems: Problems,
): void {
  for (const [i, port] of indexed(container.ports)) {
    if (!port.hostPort) continue;
    const key = `${port.protocol ?? 'TCP'}/${port.hostIP ?? ''}/${port.hostPort}`;
    if (taken.has(key)) problems.duplicate(`${field}.ports[${i}].hostPort`, key);
    taken.add(key);
  }
}

function validateContainer(
  container: core.Container,
  field: string,
  context: PodContext,
  problems: Problems,
): void {
  requireName(container.name, checkLabel, `${field}.name`, problems);
  if (!container.image) problems.required(`${field}.image`);
  else if (context.isPod && container.image !== container.image.trim()) {
    // In templates a blank is a placeholder to some.
    problems.invalid(
      `${field}.image`,
      container.image,
      'must not have leading or trailing whitespace',
    );
  }
  oneOf(
    container.terminationMessagePolicy,
    ['File', 'FallbackToLogsOnError'],
    `${field}.terminationMessagePolicy`,
    problems,
  );
  oneOf(
    container.imagePullPolicy,
    ['Always', 'IfNotPresent', 'Never'],
    `${field}.imagePullPolicy`,
    problems,
  );
  validatePorts(container.ports, `${field}.ports`, context.hostNetwork, problems);
  validateEnv(container.env, `${field}.env`, problems);
  validateEnvFrom(container.envFrom, `${field}.envFrom`, problems);
  validateMounts(container, field, context.volumes, problems);
  validateDevices(container, field, context.volumes, problems);
  validateResources(container.resources, `${field}.resources`, problems);
  validateContainerClaims(container.resources, `${field}.resources.claims`, context, problems);
  validateResizePolicy(container, `${field}.resizePolicy`, problems);
  validateSecurity(container.securityContext, `${field}.securityContext`, problems);
}

interface ResizeRule {
  resourceName?: string;
  restartPolicy?: string;
}

function validateResizePolicy(container: object, field: string, problems: Problems): void {
  const rules = (container as { resizePolicy?: ResizeRule[] }).resizePolicy;
  const seen = new Set<string>();
  for (const [i, rule] of indexed(rules)) {
    const { resourceName = '', restartPolicy } = rule;
    if (seen.has(resourceName)) problems.duplicate(`${field}[${i}]`, resourceName);
    seen.add(resourceName);
    oneOf(resourceName, ['cpu', 'memory'], field, problems);
    if (!restartPolicy) problems.required(field);
    else oneOf(restartPolicy, ['NotRequired', 'RestartContainer'], field, problems);
  }
}

function validateProbes(container: core.Container, field: string, problems: Problems): void {
  for (const kind of ['livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
    validateProbe(container[kind], `${field}.${kind}`, kind, problems);
  }
}

interface RestartRule {
  action?: string;
  exitCodes?: { operator?: string; values?: number[] };
}

/** At most this many rules of a container, and exit codes of a rule. */
const maxRestartRules = 20;
const maxExitCodes = 255;

/** A container's own policy, and what it does after certain exit codes (KEP-5307). */
function validateRestart(container: object, field: string, problems: Problems): void {
  const { restartPolicy, restartPolicyRules: rules } = container as {
    restartPolicy?: string;
    restartPolicyRules?: RestartRule[];
  };
  oneOf(restartPolicy, ['Always', 'Never', 'OnFailure'], `${field}.restartPolicy`, problems);
  const count = list(rules).length;
  const at = `${field}.restartPolicyRules`;
  if (count > 0 && restartPolicy === undefined) {
    problems.required(
      `${field}.restartPolicy`,
      'must specify restartPolicy when restart rules are used',
    );
  }
  if (count > maxRestartRules) problems.tooMany(at, count, maxRestartRules);
  for (const [i, { action, exitCodes }] of indexed(rules)) {
    if (!action) problems.required(`${at}[${i}].action`);
    else oneOf(action, ['Restart', 'RestartAllContainers'], `${at}[${i}].action`, problems);
    if (!isRecord(exitCodes)) {
      problems.required(`${at}[${i}].exitCodes`, 'must be specified');
      continue;
    }
    const { operator, values } = exitCodes as NonNullable<RestartRule['exitCodes']>;
    oneOf(operator ?? '', ['In', 'NotIn'], `${at}[${i}].exitCodes.operator`, problems);
    const codes = list(values).length;
    if (codes === 0) {
      problems.required(`${at}[${i}].exitCodes.values`, 'must specify at least one value');
    } else if (codes > maxExitCodes) {
      problems.tooMany(`${at}[${i}].exitCodes.values`, codes, maxExitCodes);
    }
  }
}

function validateInitContainer(container: core.Container, field: string, problems: Problems): void {
  const { restartPolicy } = container as { restartPolicy?: string };
  validateRestart(container, field, problems);
  if (restartPolicy === 'Always') {
    validateProbes(container, field, problems);
    validateLifecycle(container.lifecycle, `${field}.lifecycle`, problems);
    return;
  }
  // Only a sidecar lives long enough to be probed.
  for (const name of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
    if (isRecord(container[name])) {
      problems.forbidden(
        `${field}.${name}`,
        'may not be set for init containers without restartPolicy=Always',
      );
    }
  }
}

function validateEphemeral(
  container: core.EphemeralContainer,
  field: string,
  spec: core.PodSpec,
  problems: Problems,
): void {
  for (const name of [
    'ports',
    'livenessProbe',
    'readinessProbe',
    'startupProbe',
    'lifecycle',
  ] as const) {
    if (container[name] !== undefined) {
      problems.forbidden(`${field}.${name}`, 'cannot be set for an Ephemeral Container');
    }
  }
  const target = container.targetContainerName;
  const all = [...list(spec.containers), ...list(spec.initContainers)];
  if (target && !all.some(({ name }) => name === target)) {
    problems.notFound(`${field}.targetContainerName`, target);
  }
}

function validatePorts(
  ports: core.ContainerPort[] | undefined,
  field: string,
  hostNetwork: boolean,
  problems: Problems,
): void {
  const names = new Set<string>();
  for (const [i, port] of indexed(ports)) {
    const at = `${field}[${i}]`;
    if (port.name) {
      const wrong = checkPortName(port.name);
      for (const problem of wrong) problems.invalid(`${at}.name`, port.name, problem);
      if (wrong.length === 0 && names.has(port.name)) problems.duplicate(`${at}.name`, port.name);
      names.add(port.name);
    }
    if (!port.containerPort) problems.required(`${at}.containerPort`);
    else portNumber(port.containerPort, `${at}.containerPort`, problems);
    if (port.hostPort) portNumber(port.hostPort, `${at}.hostPort`, problems);
    if (hostNetwork && port.hostPort && port.hostPort !== port.containerPort) {
      problems.invalid(
        `${at}.containerPort`,
        port.containerPort,
        'must match `hostPort` when `hostNetwork` is true',
      );
    }
    oneOf(port.protocol, protocols, `${at}.protocol`, problems);
  }
}

function validateSecurity(
  security: core.SecurityContext | undefined,
  field: string,
  problems: Problems,
): void {
  if (!isRecord(security)) return;
  const context = security as core.SecurityContext;
  const escalates = context.allowPrivilegeEscalation === false;
  if (escalates && context.privileged === true) {
    problems.invalid(
      field,
      context,
      'cannot set `allowPrivilegeEscalation` to false and `privileged` to true',
    );
  }
  if (escalates && list(context.capabilities?.add).includes('CAP_SYS_ADMIN')) {
    problems.invalid(
      field,
      context,
      'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN',
    );
  }
  for (const name of ['runAsUser', 'runAsGroup'] as const) {
    const id = context[name];
    if (typeof id === 'number' && (id < 0 || id > 2 ** 31 - 1)) {
      problems.invalid(`${field}.${name}`, id, 'must be between 0 and 2147483647, inclusive');
    }
  }
  oneOf(context.procMount, ['Default', 'Unmasked'], `${field}.procMount`, problems);
  validateProfiles(context, field, problems);
}
