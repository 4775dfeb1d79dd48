/**
 * Says in the status of validating policies what of their expressions does not fit the kinds that
 * they are about.
 */
import { typeCheck } from '../../../api/expressions/policy-types.ts';
import type { KubeObject } from '../../../api/object.ts';
import { isApiError } from '../../../api/status.ts';
import { loopbackUser } from '../../authentication/user.ts';
import { keepUp } from '../../registry/keep-up.ts';
import type { Call, Registry } from '../../registry/registry.ts';
import { patchObject } from '../../verbs/patch.ts';
import type { Policy } from './policy.ts';

const group = 'admissionregistration.k8s.io';
const resource = 'validatingadmissionpolicies';
const call: Call = {
  user: loopbackUser,
  fieldManager: 'validatingadmissionpolicy-status',
  dryRun: false,
  warn: () => {},
};

/** Looks after every change of a policy; the result ends it. */
export function keepPolicyStatus(registry: Registry, log: (message: string) => void): () => void {
  const policies = registry.cache.resource(`${group}/${resource}`);
  const work = async () => {
    for (const item of [...policies.items()]) {
      await report(registry, item.object as unknown as Reported);
    }
  };
  return keepUp([policies], work, (error) =>
    log(`the status of admission policies could not be written: ${String(error)}`),
  );
}

interface Reported extends Policy {
  readonly status?: { readonly observedGeneration?: number };
}

async function report(registry: Registry, policy: Reported): Promise<void> {
  const { name = '', generation = 0 } = policy.metadata;
  if (generation <= (policy.status?.observedGeneration ?? 0)) return;
  const { schemas } = registry;
  const expressionWarnings = typeCheck(policy.spec, {
    forKind: (kind) => schemas.forKind(kind),
    resolve: (schema) => schemas.resolve(schema),
    kindOf: (of, version, plural) => registry.served.find(of, version, plural)?.kind,
  });
  const patch: KubeObject & { status: object } = {
    apiVersion: policy.apiVersion,
    kind: policy.kind,
    metadata: { name },
    status: {
      observedGeneration: generation,
      typeChecking: expressionWarnings.length === 0 ? {} : { expressionWarnings },
    },
  };
  const served = registry.served.get(group, 'v1', resource);
  const request = { type: 'apply', patch, force: true, fieldValidation: 'Ignore' } as const;
  try {
    await patchObject(registry, call, served, { namespace: '', name }, request, 'status');
  } catch (error) {
    // Deleted meanwhile: then there is nothing to say of it.
    if (!isApiError(error, 'NotFound')) throw error;
  }
}
