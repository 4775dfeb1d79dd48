import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  commandIds,
  contextKeys,
  detailsScheme,
  liveScheme,
  panelTypes,
  settingIds,
  trustedCommandIds,
  viewIds,
} from './ids.ts';

interface Manifest {
  activationEvents: string[];
  capabilities: { untrustedWorkspaces: { restrictedConfigurations: string[] } };
  contributes: {
    commands: { command: string; title: string; enablement?: string }[];
    views: Record<string, { id: string; when?: string }[]>;
    viewsWelcome: { view: string; when: string }[];
    menus: Record<string, { command: string; when?: string }[]>;
    configuration: { properties: Record<string, { default: unknown }> };
    walkthroughs: { steps: { media: { markdown: string } }[] }[];
    resourceLabelFormatters: { scheme: string }[];
  };
  icon: string;
}

const root = new URL('..', import.meta.url);
const text = readFileSync(new URL('package.json', root), 'utf8');
const manifest = JSON.parse(text) as Manifest;
const { contributes } = manifest;
const strings = JSON.parse(readFileSync(new URL('package.nls.json', root), 'utf8')) as Record<
  string,
  string
>;

describe('package.json', () => {
  it('declares the commands that the code has, and no other', () => {
    expect(contributes.commands.map(({ command }) => command).sort()).toEqual(
      [...commandIds].sort(),
    );
    const inMenus = Object.values(contributes.menus)
      .flat()
      .map(({ command }) => command);
    expect(inMenus.filter((id) => !commandIds.includes(id as never))).toEqual([]);
  });

  it('disables in restricted mode the commands that the code refuses there', () => {
    const disabled = contributes.commands.filter(({ enablement }) => enablement !== undefined);
    expect(disabled.map(({ command }) => command)).toEqual(trustedCommandIds);
    expect(disabled.every(({ enablement }) => enablement === 'isWorkspaceTrusted')).toBe(true);
  });

  it('declares the settings that the code reads, each with a default', () => {
    const { properties } = contributes.configuration;
    expect(Object.keys(properties).sort()).toEqual([...settingIds].sort());
    for (const [id, setting] of Object.entries(properties)) {
      expect(setting.default, id).toBeDefined();
    }
  });

  it('declares the views, and what starts Skiff', () => {
    const views = Object.values(contributes.views)
      .flat()
      .map(({ id }) => id);
    expect(views.sort()).toEqual(Object.values(viewIds).sort());
    expect(contributes.viewsWelcome.every(({ view }) => views.includes(view))).toBe(true);
    for (const type of Object.values(panelTypes)) {
      expect(manifest.activationEvents).toContain(`onWebviewPanel:${type}`);
    }
    expect(manifest.activationEvents).toContain(`onFileSystem:${liveScheme}`);
    expect(contributes.resourceLabelFormatters[0]?.scheme).toBe(liveScheme);
    expect(detailsScheme.startsWith(liveScheme)).toBe(true);
  });

  it('asks in "when" clauses only for context keys that the code sets', () => {
    const known = new Set<string>([
      ...Object.values(contextKeys),
      ...Object.values(viewIds),
      ...commandIds,
    ]);
    const clauses = JSON.stringify([
      contributes.menus,
      contributes.views,
      contributes.viewsWelcome,
    ]);
    const whens = [...clauses.matchAll(/"when":"((?:[^"\\]|\\.)*)"/g)].map(
      (match) => match[1] ?? '',
    );
    const asked = whens.flatMap((when) => when.match(/skiff\.[\w.]+/g) ?? []);
    expect(asked.filter((key) => !known.has(key))).toEqual([]);
  });

  it('has a text for every placeholder, and no text that nobody shows', () => {
    const used = [...text.matchAll(/"%([^%"]+)%"/g)].map((match) => match[1] ?? '');
    expect([...new Set(used)].sort()).toEqual(Object.keys(strings).sort());
  });

  it('restricts every setting that names a program, a file or what runs', () => {
    const { restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces;
    expect(restrictedConfigurations).toEqual(
      expect.arrayContaining(['skiff.nodePath', 'skiff.kubeconfig']),
    );
    expect(restrictedConfigurations.filter((id) => !settingIds.includes(id as never))).toEqual([]);
  });

  it('names files that are there', () => {
    const files = [
      manifest.icon,
      ...contributes.walkthroughs.flatMap(({ steps }) => steps.map((step) => step.media.markdown)),
    ];
    for (const file of files) expect(() => readFileSync(new URL(file, root)), file).not.toThrow();
  });
});
