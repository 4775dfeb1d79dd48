/**
 * Every pod runs as a service account, and finds its token, the cluster's authority and its own
 * namespace in a volume.
 * https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#serviceaccount-admission-controller
 */
import type { core, Pod, ServiceAccount } from '../../api/types.ts';
import { type Registry, readObject } from '../registry/registry.ts';
import { generatedName } from '../verbs/create.ts';
import { forbidden } from '../verbs/errors.ts';
import { type AdmissionPlugin, type Attributes, concerns } from './admission.ts';

const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount';
const volumePrefix = 'kube-api-access-';
/** An hour and seven seconds: the seconds tell the server that a kubelet asks for a pod. */
const tokenSeconds = 3607;
const mirrorAnnotation = 'kubernetes.io/config.mirror';

export const serviceAccount: AdmissionPlugin = {
  name: 'ServiceAccount',
  mutate(attributes, registry) {
    if (attributes.operation !== 'CREATE' || !concerns(attributes, '', 'pods')) return;
    const pod = attributes.object as unknown as Pod;
    if (pod.metadata.annotations?.[mirrorAnnotation] !== undefined) return;
    pod.spec.serviceAccountName ||= 'default';
    const name = pod.spec.serviceAccountName;
    const { namespace } = attributes.place;
    const known = knownAccount(registry, namespace, name);
    if (known !== undefined) return putIn(pod, known, registry);
    return findAccount(registry, namespace, name).then((account) => {
      if (account === undefined) throw missingAccount(attributes, name);
      putIn(pod, account, registry);
    });
  },
};

/** Gives the pod what its account has for it. */
function putIn(pod: Pod, account: ServiceAccount, registry: Registry): void {
  const { spec } = pod;
  if (wantsToken(pod, account)) mountToken(spec, registry.random);
  if ((spec.imagePullSecrets ?? []).length === 0 && account.imagePullSecrets?.length) {
    spec.imagePullSecrets = account.imagePullSecrets.map(({ name: secret }) => ({
      name: secret,
    }));
  }
}

/** The account, if that can be said without waiting. */
function knownAccount(
  { cache }: Registry,
  namespace: string,
  name: string,
): ServiceAccount | undefined {
  const accounts = cache.resource('core/serviceaccounts');
  const item = cache.isFresh ? accounts.get(`${accounts.prefix}${namespace}/${name}`) : undefined;
  return item?.object as unknown as ServiceAccount | undefined;
}

/**
 * The default account of a new namespace is made by a controller: a pod that is faster waits for it
 * a little instead of failing.
 */
async function findAccount(
  registry: Registry,
  namespace: string,
  name: string,
): Promise<ServiceAccount | undefined> {
  const attempts = name === 'default' ? 10 : 1;
  for (let attempt = 1; ; attempt++) {
    const found = await readObject(registry, '', 'v1', 'serviceaccounts', { namespace, name });
    if (found !== undefined) return found as unknown as ServiceAccount;
    if (attempt >= attempts) return undefined;
    await registry.clock.sleep(100 + Math.floor(registry.random() * 100));
  }
}

function missingAccount(attributes: Attributes, name: string) {
  const { served, place } = attributes;
  const why = `error looking up service account ${place.namespace}/${name}: serviceaccount "${name}" not found`;
  return forbidden(served, place.name, why);
}

function wantsToken(pod: Pod, account: ServiceAccount): boolean {
  return pod.spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true;
}

function mountToken(spec: core.PodSpec, random: () => number): void {
  const existing = spec.volumes?.find(({ name }) => name?.startsWith(volumePrefix));
  const name = existing?.name ?? generatedName(volumePrefix, random);
  let used = false;
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) {
    container.volumeMounts ??= [];
    if (container.volumeMounts.some((mount) => mount.mountPath === mountPath)) continue;
    container.volumeMounts.push({ name, readOnly: true, mountPath });
    used = true;
  }
  if (!used || existing !== undefined) return;
  spec.volumes ??= [];
  spec.volumes.push({ name, projected: { defaultMode: 0o644, sources: tokenSources() } });
}

function tokenSources(): core.VolumeProjection[] {
  return [
    { serviceAccountToken: { expirationSeconds: tokenSeconds, path: 'token' } },
    { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    {
      downwardAPI: {
        items: [
          { path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } },
        ],
      },
    },
  ];
}
