import type { UnknownObject } from '../../api/object.ts';
import { isApiError } from '../../api/status.ts';
import { copyJson } from '../registry/json.ts';
import type { Call, Place, Registry } from '../registry/registry.ts';
import { changeObject } from '../verbs/change.ts';
import { lastUsedLabel } from './legacy-token.ts';
import { loopbackUser } from './user.ts';

const call: Call = {
  user: loopbackUser,
  fieldManager: 'kube-apiserver',
  dryRun: false,
  warn: () => {},
};

/** Writes into a token's Secret on which day it was used, in the background. */
export function noteTokenUse(
  registry: Registry,
  log: (message: string) => void,
): (secret: Place, day: string) => void {
  const write = async (secret: Place, day: string) => {
    const served = registry.served.get('', 'v1', 'secrets');
    await changeObject(registry, call, served, secret, {
      subresource: '',
      build(previous): UnknownObject {
        const next = copyJson(previous) as UnknownObject;
        next.metadata.labels = { ...next.metadata.labels, [lastUsedLabel]: day };
        return next;
      },
    });
  };
  const writing = new Set<string>();
  return (secret, day) => {
    const key = `${secret.namespace}/${secret.name}`;
    if (writing.has(key)) return;
    writing.add(key);
    void write(secret, day)
      .catch((error: unknown) => {
        // Gone meanwhile: nothing is left to be told.
        if (!isApiError(error, 'NotFound')) log(`the use of token ${key} is not noted: ${error}`);
      })
      .finally(() => writing.delete(key));
  };
}
