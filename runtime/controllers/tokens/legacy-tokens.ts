/**
 * Removes tokens that stand in Secrets, were made for their account without being asked for, and have
 * not been used for a year: they are made invalid first, and a year later deleted, so that whoever
 * misses one can take the mark away again. A token is taken for one that was made without being asked
 * for if its account lists it, as Kubernetes did before 1.24.
 * https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#legacy-serviceaccount-token-cleaner
 */
import { referencesOf } from '../../api/pod-references.ts';
import type { ConfigMap, Pod, Secret, ServiceAccount } from '../../api/types.ts';
import {
  at,
  configMaps,
  pods as podResource,
  secrets,
  serviceAccounts,
  targetOf,
} from '../../client/resources.ts';
import type { ControllerContext } from '../kit/context.ts';
import { createLoop, messageOf, tolerate } from '../kit/loop.ts';
import { accountOf, tokenSecretType, uidAnnotation } from './service-account-tokens.ts';

const trackingName = 'kube-apiserver-legacy-service-account-token-tracking';
const lastUsedLabel = 'kubernetes.io/legacy-token-last-used';
const invalidLabel = 'kubernetes.io/legacy-token-invalid-since';
const dayMs = 24 * 3_600_000;
/** `--legacy-service-account-token-clean-up-period` */
const cleanUpMs = 365 * dayMs;

/** A day as labels have it, `2026-01-31`; undefined: that is none. */
function parseDay(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined;
  const ms = Date.parse(`${text}T00:00:00Z`);
  return Number.isNaN(ms) ? undefined : ms;
}

const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);

/** Starts the controller, which looks once a day. */
export function runLegacyTokenCleaner(context: ControllerContext): void {
  const { client, clock, informers } = context;
  const loop = createLoop(context, 'legacy-serviceaccount-token-cleaner', 1);
  const accounts = informers.for<ServiceAccount>(serviceAccounts);
  const pods = informers.for<Pod>(podResource);
  const tokens = informers.for<Secret>(secrets, { fieldSelector: `type=${tokenSecretType}` });
  loop.queue.add('all');
  loop.start([accounts, pods, tokens], async (key) => {
    const now = clock.now();
    if (await trackedLongEnough(context, now)) {
      for (const secret of tokens.list()) {
        if (
          !isUnused(secret, now) ||
          !isListed(secret, accounts.get(accountOf(secret), secret.metadata.namespace))
        )
          continue;
        const { name, namespace = '' } = secret.metadata;
        if (pods.list(namespace).some((pod) => referencesOf(pod).secrets.has(name))) continue;
        await retire(context, secret, now).catch((error: unknown) =>
          context.log(`legacy token ${namespace}/${name}: ${messageOf(error)}`),
        );
      }
    }
    loop.queue.addAfter(key, dayMs);
  });

  async function trackedLongEnough({ log }: ControllerContext, now: number): Promise<boolean> {
    const place = at(configMaps, trackingName, 'kube-system');
    const tracking = await client.get<ConfigMap>(place);
    const since = parseDay(tracking.data?.since);
    if (since === undefined) {
      log(`legacy tokens: ${trackingName} does not say since when they are tracked`);
      return false;
    }
    // The first day counts from its end: what was used before tracking began on it was not noted.
    return now >= since + dayMs + cleanUpMs;
  }
}

function isUnused({ metadata }: Secret, now: number): boolean {
  if (metadata.deletionTimestamp !== undefined) return false;
  if (Date.parse(metadata.creationTimestamp ?? '') >= now - cleanUpMs) return false;
  const lastUsed = metadata.labels?.[lastUsedLabel];
  if (lastUsed === undefined) return true;
  return parseDay(lastUsed) !== undefined && lastUsed < dayOf(now - cleanUpMs);
}

/** Nobody can tell how any other token came about. */
function isListed({ metadata }: Secret, account: ServiceAccount | undefined): boolean {
  const uid = metadata.annotations?.[uidAnnotation];
  if (account === undefined || (uid && uid !== account.metadata.uid)) return false;
  return account.secrets?.some(({ name }) => name === metadata.name) ?? false;
}

async function retire({ client }: ControllerContext, secret: Secret, now: number): Promise<void> {
  const { uid, resourceVersion, labels } = secret.metadata;
  const target = targetOf(secrets, secret);
  const since = labels?.[invalidLabel];
  if (since === undefined || parseDay(since) === undefined) {
    await client.patch(target, 'merge', {
      metadata: { uid, labels: { [invalidLabel]: dayOf(now) } },
    });
  } else if (since < dayOf(now - cleanUpMs)) {
    const preconditions = resourceVersion === undefined ? {} : { resourceVersion };
    await tolerate(client.delete(target, { preconditions }), 'NotFound', 'Conflict');
  }
}
