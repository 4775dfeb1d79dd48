/**
 * The core that the server and the command line share: the catalog of kinds, what the workspace
 * holds, and the context in which one file is checked.
 */
import { fileURLToPath } from 'node:url';
import type { Files } from './files.ts';
import type { ClusterUpdate } from './protocol/messages.ts';
import { Cluster } from './references/cluster.ts';
import { Workspace } from './references/workspace.ts';
import { roleOf } from './routing/classify.ts';
import { readManifestFile } from './routing/manifest-file.ts';
import type { CheckContext } from './rules/check.ts';
import { crossProblems } from './rules/cross.ts';
import { Catalog } from './schemas/catalog.ts';
import type { Settings } from './settings.ts';

export class Checker {
  readonly catalog: Catalog;
  readonly workspace = new Workspace();
  readonly cluster = new Cluster();
  readonly #files: Files;

  /** @throws if there is no schema bundle in the folder */
  constructor(schemaDirectory: string, files: Files) {
    this.catalog = new Catalog(schemaDirectory);
    this.#files = files;
  }

  /** Takes in a file; `read` gives what is in it, where that is known already. */
  index(uri: string, text: string, read = () => readManifestFile(text)): void {
    if (!text.includes('apiVersion') && !/kustomization\.ya?ml$/.test(uri)) {
      this.forget(uri);
    } else if (this.workspace.update(uri, read())) {
      this.catalog.setCustomKinds(this.workspace.customKinds());
    }
  }

  forget(uri: string): void {
    if (this.workspace.remove(uri)) this.catalog.setCustomKinds(this.workspace.customKinds());
  }

  /** Takes in what the client says of the cluster that it is connected to. */
  updateCluster(update: ClusterUpdate): void {
    const before = this.cluster.context;
    this.cluster.apply(update);
    if (update.customKinds !== undefined) this.catalog.setClusterKinds(update.customKinds);
    else if (before !== update.context) this.catalog.setClusterKinds([]);
  }

  /** How to check the file; undefined for one that is to be left alone. */
  contextFor(uri: string, settings: Settings): CheckContext | undefined {
    if (!settings.validate) return undefined;
    const path = pathOf(uri);
    const role = path === undefined ? 'manifest' : roleOf(path, this.#files.exists);
    if (role !== 'manifest') return undefined;
    return {
      catalog: this.catalog,
      partial: this.workspace.isPatch(uri),
      cross: (file) => crossProblems(file, uri, this),
      severities: settings.severities,
    };
  }
}

/** Untitled and virtual documents have no path. */
export function pathOf(uri: string): string | undefined {
  if (!uri.startsWith('file:')) return undefined;
  try {
    return fileURLToPath(uri);
  } catch {
    return undefined;
  }
}
