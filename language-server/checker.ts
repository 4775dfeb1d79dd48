/**
 * The core that the server and the command line share: the catalog of kinds, what the workspace
 * holds, and the context in which one file is checked.
 */
import { posix } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Schema } from '../runtime/api/schema.ts';
import type { Files } from './files.ts';
import type { ClusterUpdate } from './protocol/messages.ts';
import { Cluster } from './references/cluster.ts';
import { isKustomizationUri } from './references/kustomizations.ts';
import { Lookups, type Seen } from './references/lookups.ts';
import { looksLikeOperations } from './references/patches.ts';
import { Workspace } from './references/workspace.ts';
import { type FileRole, roleOf } from './routing/classify.ts';
import {
  type ManifestFile,
  type ParsedResource,
  type Resource,
  readManifestInSteps,
} from './routing/manifest-file.ts';
import { type CheckContext, moved } from './rules/check.ts';
import { crossProblems } from './rules/cross.ts';
import { enforcedLevelProblems } from './rules/enforced-level.ts';
import { kustomizationProblems } from './rules/kustomizations.ts';
import type { PackRule } from './rules/packs/pack-rule.ts';
import { rulesOn } from './rules/packs/registry.ts';
import { packProblems } from './rules/packs/run.ts';
import type { Problem } from './rules/problem.ts';
import { Catalog } from './schemas/catalog.ts';
import { chartSchema } from './schemas/tools/chart.ts';
import { schemaOfJson } from './schemas/tools/json-schema.ts';
import { kustomizationSchema } from './schemas/tools/kustomization.ts';
import type { Settings } from './settings.ts';
import { finish, type Steps } from './slices.ts';

const { dirname } = posix;

export class Checker {
  readonly catalog: Catalog;
  readonly lookups = new Lookups();
  readonly workspace = new Workspace(this.lookups);
  readonly cluster = new Cluster(this.lookups);
  readonly #files: Files;
  readonly #documentation: string | undefined;
  /** The rules that are on, for each reading of the settings. */
  readonly #packRules = new WeakMap<Settings, readonly PackRule[]>();
  /** What cross-checks found, by object: no two files share one. */
  readonly #cross = new WeakMap<ParsedResource, CrossChecked>();
  /** By the URI of the folder of the chart. */
  readonly #valuesSchemas = new Map<string, Schema | undefined>();

  /**
   * @param documentation URI of the folder that has a page for each rule, ending with a slash
   * @throws if there is no schema bundle in the folder
   */
  constructor(schemaDirectory: string, files: Files, documentation?: string) {
    this.catalog = new Catalog(schemaDirectory);
    this.#files = files;
    this.#documentation = documentation;
  }

  /** Another number whenever something has changed that may bear on what was found in files. */
  get generation(): number {
    return this.lookups.changes + this.catalog.generation;
  }

  /** Takes in a file; `read` gives what is in it, where that is known already. */
  index(uri: string, text: string, read?: () => ManifestFile): void {
    finish(this.indexInSteps(uri, text, read));
  }

  /**
   * As `index`, bit by bit; nothing changes before all has been read.
   * @param isWanted asked before that; if it says no, all stays as it was
   */
  *indexInSteps(
    uri: string,
    text: string,
    read?: () => ManifestFile,
    isWanted: () => boolean = () => true,
  ): Steps<void> {
    if (uri.endsWith('/values.schema.json')) {
      this.#valuesSchemas.set(dirname(uri), schemaOfJson(text));
    } else if (
      !text.includes('apiVersion') &&
      !isKustomizationUri(uri) &&
      !looksLikeOperations(text)
    ) {
      if (isWanted()) this.forget(uri);
    } else {
      const file = read?.() ?? (yield* readManifestInSteps(text));
      const entry = yield* this.workspace.prepare(uri, file);
      if (isWanted() && (yield* this.workspace.commit(uri, entry))) {
        this.catalog.setCustomKinds(this.workspace.customKinds());
      }
    }
  }

  /** The schema of a whole file that is not made of Kubernetes objects: Chart.yaml and its like. */
  schemaOf(uri: string): Schema | undefined {
    switch (this.#roleOf(uri)) {
      case 'kustomization':
        return kustomizationSchema;
      case 'helm-chart':
        return chartSchema;
      case 'helm-values':
        return this.#valuesSchemas.get(dirname(uri));
      default:
        return undefined;
    }
  }

  /** Where a path of a kustomization leads: to the file, or to the kustomization in the folder. */
  readonly findFile = (target: URL): URL | undefined => {
    const path = pathOf(target.href);
    if (path === undefined || !this.#files.exists(path)) return undefined;
    for (const name of ['kustomization.yaml', 'kustomization.yml', 'Kustomization']) {
      const inside = `${path.replace(/\/$/, '')}/${name}`;
      if (this.#files.exists(inside)) return pathToFileURL(inside);
    }
    return target;
  };

  #rulesOf(settings: Settings): readonly PackRule[] {
    const known = this.#packRules.get(settings);
    if (known !== undefined) return known;
    const rules = rulesOn(settings.packs, settings.severities);
    this.#packRules.set(settings, rules);
    return rules;
  }

  /** The URI of a file beside another one; undefined where there is one already, or no folder. */
  newFile(beside: string, name: string): string | undefined {
    const uri = URL.canParse(name, beside) ? new URL(name, beside).href : undefined;
    const path = uri && pathOf(uri);
    return path === undefined || this.#files.exists(path) ? undefined : uri;
  }

  #roleOf(uri: string): FileRole {
    const path = pathOf(uri);
    return path === undefined ? 'manifest' : roleOf(path, this.#files.exists);
  }

  /** URIs of all files that something is known of. */
  *indexed(): Generator<string> {
    yield* this.workspace.uris();
    for (const folder of this.#valuesSchemas.keys()) yield `${folder}/values.schema.json`;
  }

  forget(uri: string): void {
    if (uri.endsWith('/values.schema.json')) this.#valuesSchemas.delete(dirname(uri));
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
    const path = pathOf(uri);
    if (!settings.validate || (path !== undefined && settings.excludes(path))) return undefined;
    const forced = path !== undefined && settings.includes(path);
    const role = forced ? 'manifest' : this.#roleOf(uri);
    if (role === 'helm-template') return undefined;
    const base = {
      catalog: this.catalog,
      severities: settings.severities,
      ...(this.#documentation === undefined ? {} : { documentation: this.#documentation }),
    };
    if (role !== 'manifest')
      return {
        ...base,
        partial: false,
        whole: { schema: this.schemaOf(uri), kustomization: isKustomizationUri(uri) },
        ...(role === 'kustomization' && {
          cross: (file: ManifestFile) => this.#kustomizationProblemsOf(file, uri),
        }),
      };
    return {
      ...base,
      forced,
      partial: this.workspace.isPatch(uri),
      added: this.workspace.labelsFor(uri),
      patches: this.workspace.patchesFor(uri),
      cross: (file) =>
        file.resources.flatMap((each) =>
          this.#crossProblemsOf({ ...file, resources: [each] }, uri),
        ),
      judged: (file, isSound) => [
        ...enforcedLevelProblems(file, uri, this, isSound),
        ...packProblems(file, uri, this.#rulesOf(settings), this, isSound),
      ],
    };
  }

  /** Recorded, so that the file is looked at again when what it takes in has changed. */
  #kustomizationProblemsOf(file: ManifestFile, uri: string): readonly Problem[] {
    const surroundings = { workspace: this.workspace, files: this.#files };
    return this.lookups.record(() => kustomizationProblems(file, uri, surroundings)).result;
  }

  /** What is wrong with an object among others; worked out again when any of those has changed. */
  #crossProblemsOf(file: ManifestFile, uri: string): readonly Problem[] {
    const [{ base, parsed } = {} as Partial<Resource>] = file.resources;
    if (base === undefined || parsed === undefined) return [];
    const before = this.#cross.get(parsed);
    if (before !== undefined && this.lookups.isCurrent(before.seen)) {
      return before.problems.map((problem) => moved(problem, base - before.base));
    }
    const { result: problems, seen } = this.lookups.record(() => crossProblems(file, uri, this));
    this.#cross.set(parsed, { base, problems, seen });
    return problems;
  }
}

interface CrossChecked {
  readonly base: number;
  readonly problems: readonly Problem[];
  readonly seen: Seen;
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
