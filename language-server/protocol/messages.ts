/**
 * What the extension and the server say to each other beyond the Language Server Protocol. The
 * server dials nobody: what it knows of a cluster is what it is told here.
 */
import type { GroupVersionKind } from '../../runtime/api/object.ts';
import type { Schema } from '../../runtime/api/schema.ts';

/** To the server, a notification with a `ClusterUpdate`. */
export const clusterUpdateMethod = 'skiff/clusterUpdate';

export interface ClusterUpdate {
  /** The context's name; with another one than before, everything known before is forgotten. */
  readonly context: string | undefined;
  /** Where objects go that name no namespace. */
  readonly namespace?: string;
  /** Each replaces what was known of its kind. */
  readonly objects?: readonly LiveKind[];
  /** Replace those known before. */
  readonly customKinds?: readonly CustomKind[];
  /** Names of images that nodes or the local engine have; replace those known before. */
  readonly images?: readonly string[];
}

export interface CustomKind extends GroupVersionKind {
  readonly plural: string;
  readonly namespaced: boolean;
  /** OpenAPI v3, without references to other definitions. */
  readonly schema: Schema | undefined;
  /** What servers say of this version to those who use it, where it is deprecated. */
  readonly deprecation?: string;
}

/** All objects of a kind that there are: one that is not among them does not exist. */
export interface LiveKind {
  readonly group: string;
  readonly kind: string;
  /** Where only those of one namespace are told of. */
  readonly within?: string;
  readonly objects: readonly LiveObject[];
}

export interface LiveObject {
  readonly name: string;
  /** Left out for kinds without namespaces. */
  readonly namespace?: string;
  /** Keys of a ConfigMap or Secret; never values. */
  readonly keys?: readonly string[];
  /** Ports of a Service. */
  readonly ports?: readonly { readonly name?: string; readonly port: number }[];
  /** Labels of the pods that it makes. */
  readonly podLabels?: Readonly<Record<string, string>>;
  /** Labels of a Namespace that say which pods it lets in. */
  readonly podSecurity?: Readonly<Record<string, string>>;
  /** How it fares in a few words, for people: `2 of 3 ready`. */
  readonly status?: string;
}

/** To the server, a notification with a `DryRunReport`: what the API server said of a file. */
export const dryRunMethod = 'skiff/dryRun';

export interface DryRunReport {
  readonly uri: string;
  /** Who answered: the context's name. */
  readonly context: string;
  /** One for each object that was refused. */
  readonly refusals: readonly Refusal[];
}

export interface Refusal {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly message: string;
  /** The fields that were wrong, as in a Status: `spec.replicas`. */
  readonly causes: readonly { readonly field?: string; readonly message?: string }[];
}

/** Of the client: puts a snippet in place of the kind, and the apiVersion, that the cursor is behind. */
export const beginObjectCommand = 'skiff.beginObject';
