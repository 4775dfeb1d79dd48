/**
 * The versions of one definition: what its objects look like in each, and how they get from one to
 * another.
 *
 *   written in v1 ── convert ──► stored in v2 ── defaults, pruning of v2 ── convert ──► shown in v1
 *
 * Objects stay stored in the version that was the storage version when they were last written.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/
 */

import type { CustomSchema, DefinedVersion, Definition } from '../../api/custom/definition.ts';
import { fillDefaults, prune } from '../../api/custom/prune.ts';
import { apiVersionOf, type GroupVersionKind, type UnknownObject } from '../../api/object.ts';
import type { Reach } from '../admission/webhooks/transport.ts';
import type { Conversion } from '../registry/conversion.ts';
import { copyJson } from '../registry/json.ts';
import { convertByWebhook } from './conversion-webhook.ts';

export class Versions {
  readonly storage: GroupVersionKind;
  readonly #definition: Definition;
  /** By apiVersion. */
  readonly #schemas: ReadonlyMap<string, CustomSchema>;
  readonly #reach: Reach;

  constructor(definition: Definition, kind: string, reach: Reach) {
    const { group, versions } = definition.spec;
    const stored = versions.find(({ storage }) => storage) ?? versions[0];
    this.storage = { group, version: stored?.name ?? '', kind };
    this.#definition = definition;
    this.#reach = reach;
    this.#schemas = new Map(
      versions.map((version) => [
        apiVersionOf({ group, version: version.name }),
        rootOf(definition, version),
      ]),
    );
  }

  has(apiVersion: string): boolean {
    return this.#schemas.has(apiVersion);
  }

  /** The schema of a whole object in a version of the definition's. */
  schemaOf(apiVersion: string): CustomSchema {
    return this.#schemas.get(apiVersion) ?? { type: 'object' };
  }

  /** How stored objects are shown in a version, and what is made of that version's for the store. */
  conversionFor(apiVersion: string): Conversion {
    const { storage } = this;
    const stored = apiVersionOf(storage);
    const base: Conversion = {
      storage,
      toStorage: (object) =>
        object.apiVersion === stored ? object : this.#relabelled(copyJson(object), stored),
      fromStorage: (object) => this.#relabelled(this.#decoded(object), apiVersion),
    };
    if (this.#definition.spec.conversion?.strategy !== 'Webhook') return base;
    return {
      ...base,
      toStorage: (object) => this.convert(object, stored),
      remote: {
        concerns: (object) => object.apiVersion !== apiVersion,
        fromStorage: (objects) =>
          this.#convertAll(
            objects.map((object) => this.#decoded(object)),
            apiVersion,
          ),
      },
    };
  }

  /** An object of any of the versions in another one, without what that does not know. */
  async convert(object: UnknownObject, apiVersion: string): Promise<UnknownObject> {
    if (object.apiVersion === apiVersion) return object;
    if (this.#definition.spec.conversion?.strategy !== 'Webhook') {
      return this.#relabelled(copyJson(object), apiVersion);
    }
    const [converted] = await this.#convertAll([object], apiVersion);
    return converted as UnknownObject;
  }

  async #convertAll(
    objects: readonly UnknownObject[],
    apiVersion: string,
  ): Promise<UnknownObject[]> {
    const webhook = this.#definition.spec.conversion?.webhook ?? { conversionReviewVersions: [] };
    const converted = await convertByWebhook(this.#reach, webhook, objects, apiVersion);
    for (const object of converted) prune(object, this.schemaOf(apiVersion), true);
    return converted;
  }

  /** A copy of a stored object with what its version's schema has been given since. */
  #decoded(object: UnknownObject): UnknownObject {
    const decoded = copyJson(object);
    const schema = this.schemaOf(object.apiVersion);
    fillDefaults(decoded, schema);
    prune(decoded, schema, true);
    return decoded;
  }

  /** Conversion `None`: the version's name is all that changes. Writes into the object. */
  #relabelled(object: UnknownObject, apiVersion: string): UnknownObject {
    if (object.apiVersion === apiVersion) return object;
    object.apiVersion = apiVersion;
    prune(object, this.schemaOf(apiVersion), true);
    return object;
  }
}

function rootOf({ spec }: Definition, { schema }: DefinedVersion): CustomSchema {
  return {
    type: 'object',
    ...schema?.openAPIV3Schema,
    ...(spec.preserveUnknownFields === true
      ? { 'x-kubernetes-preserve-unknown-fields': true }
      : {}),
  };
}
