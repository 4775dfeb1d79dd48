/** Probes and lifecycle hooks: what a kubelet does to a container from outside. */
import type { core } from '../types.ts';
import type { Problems } from './problems.ts';
import {
  indexed,
  inRange,
  isRecord,
  list,
  notNegative,
  oneOf,
  portNumber,
  portNumberOrName,
  record,
} from './values.ts';

type Handler = Pick<core.Probe, 'exec' | 'httpGet' | 'tcpSocket' | 'grpc'> & {
  sleep?: { seconds?: number };
};

export function validateProbe(
  probe: core.Probe | undefined,
  field: string,
  kind: 'livenessProbe' | 'readinessProbe' | 'startupProbe',
  problems: Problems,
): void {
  if (!isRecord(probe)) return;
  validateHandler(probe as Handler, field, problems);
  for (const name of [
    'initialDelaySeconds',
    'timeoutSeconds',
    'periodSeconds',
    'successThreshold',
    'failureThreshold',
  ] as const) {
    notNegative(probe[name], `${field}.${name}`, problems);
  }
  const grace = probe.terminationGracePeriodSeconds;
  if (typeof grace === 'number') {
    if (kind === 'readinessProbe') {
      problems.invalid(
        `${field}.terminationGracePeriodSeconds`,
        grace,
        'must not be set for readinessProbes',
      );
    } else if (grace <= 0) {
      problems.invalid(`${field}.terminationGracePeriodSeconds`, grace, 'must be greater than 0');
    }
  }
  const { successThreshold } = probe;
  if (kind !== 'readinessProbe' && (successThreshold ?? 1) !== 1) {
    problems.invalid(`${field}.successThreshold`, successThreshold, 'must be 1');
  }
}

export function validateLifecycle(
  lifecycle: core.Lifecycle | undefined,
  field: string,
  problems: Problems,
): void {
  for (const name of ['postStart', 'preStop'] as const) {
    const hook = record(lifecycle)?.[name];
    if (isRecord(hook)) validateHandler(hook as Handler, `${field}.${name}`, problems);
  }
}

function validateHandler(handler: Handler, field: string, problems: Problems): void {
  const given = (['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const).filter((name) =>
    isRecord(handler[name]),
  );
  if (given.length === 0) problems.required(field, 'must specify a handler type');
  for (const extra of given.slice(1)) {
    problems.forbidden(`${field}.${extra}`, 'may not specify more than 1 handler type');
  }
  const { exec, httpGet, tcpSocket, grpc } = handler;
  if (isRecord(exec) && list(exec.command as string[]).length === 0) {
    problems.required(`${field}.exec.command`);
  }
  if (isRecord(httpGet))
    validateHttpGet(httpGet as core.HTTPGetAction, `${field}.httpGet`, problems);
  // A port that is left out is 0 to the server, which is none.
  if (isRecord(tcpSocket)) {
    portNumberOrName(tcpSocket.port ?? 0, `${field}.tcpSocket.port`, problems);
  }
  if (isRecord(grpc)) portNumber(grpc.port ?? 0, `${field}.grpc.port`, problems);
  const sleep = record(handler.sleep);
  if (sleep !== undefined)
    inRange(sleep.seconds, 0, 2 ** 31 - 1, `${field}.sleep.seconds`, problems);
}

function validateHttpGet(action: core.HTTPGetAction, field: string, problems: Problems): void {
  if (action.path === '') problems.required(`${field}.path`);
  portNumberOrName(action.port ?? 0, `${field}.port`, problems);
  oneOf(action.scheme, ['HTTP', 'HTTPS'], `${field}.scheme`, problems);
  for (const [, header] of indexed(action.httpHeaders)) {
    const name = header.name ?? '';
    if (typeof name === 'string' && !/^[-A-Za-z0-9]+$/.test(name)) {
      problems.invalid(
        `${field}.httpHeaders`,
        name,
        "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')",
      );
    }
  }
}
