/**
 * Every name that package.json and the code share: commands, views, context keys, settings. A test
 * holds them against package.json, so neither can drift. Nothing here needs the editor.
 */

export const commandIds = [
  'skiff.cluster.start',
  'skiff.cluster.stop',
  'skiff.cluster.reset',
  'skiff.selectContext',
  'skiff.selectNamespace',
  'skiff.useNamespace',
  'skiff.reconnect',
  'skiff.deploy',
  'skiff.dryRun',
  'skiff.diff',
  'skiff.undeploy',
  'skiff.rollout',
  'skiff.rollback',
  'skiff.restart',
  'skiff.scale',
  'skiff.logs',
  'skiff.exec',
  'skiff.portForward',
  'skiff.portForward.open',
  'skiff.portForward.copy',
  'skiff.portForward.stop',
  'skiff.openYaml',
  'skiff.details',
  'skiff.delete',
  'skiff.copyName',
  'skiff.showOutput',
  'skiff.restartLanguageServer',
] as const;

export type CommandId = (typeof commandIds)[number];

/**
 * Commands that run programs, dial servers or start containers on the word of the workspace. Menus
 * and palette have them disabled in restricted mode; lenses, links and other extensions do not ask.
 */
export const trustedCommandIds: readonly CommandId[] = [
  'skiff.cluster.start',
  'skiff.cluster.stop',
  'skiff.cluster.reset',
  'skiff.selectContext',
  'skiff.deploy',
  'skiff.dryRun',
  'skiff.diff',
  'skiff.undeploy',
];

export const viewIds = { cluster: 'skiff.clusterView', forwards: 'skiff.forwardsView' } as const;

/** Set with `setContext`, read by `when` clauses. */
export const contextKeys = {
  /** What the connection is doing: one of `ConnectionState['state']`. */
  state: 'skiff.state',
  /** True where the chosen context is the cluster that Skiff runs itself. */
  embedded: 'skiff.embedded',
  /** Paths of the open documents that are Kubernetes manifests. */
  manifests: 'skiff.manifests',
  /** How many ports are forwarded. */
  forwards: 'skiff.forwards',
} as const;

export const settingIds = [
  'skiff.cluster.name',
  'skiff.cluster.nodes',
  'skiff.cluster.engine',
  'skiff.build.baseImage',
  'skiff.deploy.namespace',
  'skiff.deploy.confirm',
  'skiff.kubeconfig',
  'skiff.nodePath',
  'skiff.languageServer.enabled',
  'skiff.languageServer.trace.server',
  'skiff.workspace.maxFiles',
  'skiff.validation.enabled',
  'skiff.validation.include',
  'skiff.validation.exclude',
  'skiff.inlayHints.defaults',
  'skiff.validation.packs',
  'skiff.validation.rules',
  'skiff.logs.maxLines',
] as const;

export type SettingId = (typeof settingIds)[number];

/** URI schemes: live objects that can be edited, and pages that can only be read. */
export const liveScheme = 'skiff';
export const detailsScheme = 'skiff-details';

/** `viewType`s of the webview panels. */
export const panelTypes = { logs: 'skiff.logs', rollout: 'skiff.rollout' } as const;
