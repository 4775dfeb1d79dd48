/** Forwarding a port of a pod, workload or service to this machine. */
import * as vscode from 'vscode';
import type { core, Pod, Service } from '../../runtime/api/types.ts';
import { at, deployments, pods, services } from '../../runtime/client/resources.ts';
import type { Skiff } from '../context.ts';
import { type Target, targetOf } from '../targets.ts';
import { podsBehind } from '../workload-pods.ts';
import type { Forward, PodPort } from './forwards.ts';

interface Choice {
  label: string;
  description?: string;
  port: number;
  portOfPod: PodPort;
}

export async function forwardPort(skiff: Skiff, node?: unknown): Promise<void> {
  const title = vscode.l10n.t('Forward a port of…');
  const target = await targetOf(skiff, node, [services, deployments, pods], title);
  const choice = await pickPort(target, await choicesOf(target));
  const forward = await skiff.forwards.start(target, choice.port, choice.portOfPod);
  const open = vscode.l10n.t('Open in Browser');
  const answer = await vscode.window.showInformationMessage(
    vscode.l10n.t(
      'localhost:{0} now leads to port {1} of {2}.',
      forward.local.localPort,
      choice.port,
      target.name,
    ),
    open,
  );
  if (answer === open) await openForward(skiff, forward);
}

export async function openForward(_skiff: Skiff, forward?: unknown): Promise<void> {
  // In a remote window the browser is on another machine: the editor knows the way.
  const uri = vscode.Uri.parse(addressOf(forward as Forward));
  await vscode.env.openExternal(await vscode.env.asExternalUri(uri));
}

export async function copyForward(_skiff: Skiff, forward?: unknown): Promise<void> {
  await vscode.env.clipboard.writeText(addressOf(forward as Forward));
}

export function stopForward({ forwards }: Skiff, forward?: unknown): void {
  forwards.stop(forward as Forward);
}

function addressOf({ local }: Forward): string {
  return `http://localhost:${local.localPort}`;
}

async function choicesOf({ session, resource, namespace, name }: Target): Promise<Choice[]> {
  if (resource.kind === 'Service') {
    const service = await session.client.get<Service>(at(services, name, namespace));
    return (service.spec.ports ?? []).map((port) => ({
      label: String(port.port),
      ...(port.name === undefined ? {} : { description: port.name }),
      port: port.port,
      portOfPod: (pod: Pod) => targetPort(port, pod),
    }));
  }
  const [pod] = await podsBehind(session.client, { resource, namespace, name });
  return containerPorts(pod).map((port) => ({
    label: String(port.containerPort),
    ...(port.name === undefined ? {} : { description: port.name }),
    port: port.containerPort,
    portOfPod: () => port.containerPort,
  }));
}

async function pickPort(target: Target, choices: Choice[]): Promise<Choice> {
  const [first] = choices;
  if (choices.length === 1 && first !== undefined) return first;
  const other = { label: vscode.l10n.t('Another port…'), port: 0, portOfPod: () => 0 };
  const pick =
    choices.length === 0
      ? other
      : await vscode.window.showQuickPick([...choices, other], {
          title: vscode.l10n.t('Port of {0}', target.name),
        });
  if (pick === undefined) throw new vscode.CancellationError();
  if (pick !== other) return pick;
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t('Port of {0}', target.name),
    // It may follow a list, whose end gives the focus back to a panel: that must not close this.
    ignoreFocusOut: true,
    validateInput: (value) =>
      Number.isInteger(Number(value)) && Number(value) > 0 && Number(value) < 65_536
        ? undefined
        : vscode.l10n.t('A number from 1 to 65535'),
  });
  if (text === undefined) throw new vscode.CancellationError();
  return { label: text, port: Number(text), portOfPod: () => Number(text) };
}

function targetPort(port: core.ServicePort, pod: Pod): number {
  const wanted = port.targetPort ?? port.port;
  if (typeof wanted === 'number') return wanted;
  return (
    containerPorts(pod).find((candidate) => candidate.name === wanted)?.containerPort ?? port.port
  );
}

function containerPorts(pod: Pod | undefined): core.ContainerPort[] {
  return (pod?.spec.containers ?? []).flatMap((container) => container.ports ?? []);
}
