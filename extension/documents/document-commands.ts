/** Opening objects as YAML or as a page of details. */
import * as vscode from 'vscode';
import { deployments, pods, services } from '../../runtime/client/resources.ts';
import type { Skiff } from '../context.ts';
import { targetOf } from '../targets.ts';

const usual = [pods, deployments, services];

export async function openYaml(skiff: Skiff, node?: unknown): Promise<void> {
  await skiff.documents.openYaml(
    await targetOf(skiff, node, usual, vscode.l10n.t('Open YAML of…')),
  );
}

export async function openDetails(skiff: Skiff, node?: unknown): Promise<void> {
  const target = await targetOf(skiff, node, usual, vscode.l10n.t('Show details of…'));
  await skiff.documents.openDetails(target);
}

export async function copyName(skiff: Skiff, node?: unknown): Promise<void> {
  const { name } = await targetOf(skiff, node, usual, vscode.l10n.t('Copy the name of…'));
  await vscode.env.clipboard.writeText(name);
}
