/** The texts of /etc/hosts and /etc/resolv.conf, and the pod's host name. Pure. */
import type { Pod } from '../../api/types.ts';

export interface HostNames {
  readonly hostname: string;
  /** With the subdomain, if the pod has one. */
  readonly fqdn: string | undefined;
}

/** A name is cut at 63 characters, and never ends in a dash or dot then. */
export function hostNamesOf(pod: Pod, clusterDomain: string): HostNames {
  const { hostname: wanted, subdomain } = pod.spec;
  const hostname = (wanted || pod.metadata.name).slice(0, 63).replace(/[-.]+$/, '');
  const fqdn = subdomain
    ? `${hostname}.${subdomain}.${pod.metadata.namespace}.svc.${clusterDomain}`
    : undefined;
  return { hostname: pod.spec.setHostnameAsFQDN && fqdn ? fqdn : hostname, fqdn };
}

/** https://kubernetes.io/docs/tasks/network/customize-hosts-file-for-pods/ */
export function hostsFile(pod: Pod, podIP: string, clusterDomain: string): string {
  const { hostname, fqdn } = hostNamesOf(pod, clusterDomain);
  const own = fqdn === undefined ? hostname : `${fqdn}\t${hostname.split('.')[0]}`;
  const lines = [
    '# Kubernetes-managed hosts file.',
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    'fe00::0\tip6-localnet',
    'fe00::0\tip6-mcastprefix',
    'fe00::1\tip6-allnodes',
    'fe00::2\tip6-allrouters',
    `${podIP}\t${own}`,
  ];
  const aliases = pod.spec.hostAliases ?? [];
  if (aliases.length > 0) {
    lines.push('', '# Entries added by HostAliases.');
    for (const { ip, hostnames = [] } of aliases) lines.push([ip, ...hostnames].join('\t'));
  }
  return `${lines.join('\n')}\n`;
}

/** What the engine itself serves names with inside its networks. */
const engineResolver = '127.0.0.11';

/**
 * Undefined where the engine's own file is right: policy Default without any wishes.
 * https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-s-dns-policy
 */
export function resolvFile(
  pod: Pod,
  cluster: { dnsAddress: string; domain: string },
): string | undefined {
  const { dnsPolicy = 'ClusterFirst', dnsConfig, hostNetwork } = pod.spec;
  const inCluster =
    dnsPolicy === 'ClusterFirstWithHostNet' || (dnsPolicy === 'ClusterFirst' && !hostNetwork);
  if (!inCluster && dnsPolicy !== 'None' && dnsConfig === undefined) return undefined;
  const { domain } = cluster;
  const servers = inCluster ? [cluster.dnsAddress] : dnsPolicy === 'None' ? [] : [engineResolver];
  const searches = inCluster
    ? [`${pod.metadata.namespace}.svc.${domain}`, `svc.${domain}`, domain]
    : [];
  const options = new Map<string, string | undefined>(inCluster ? [['ndots', '5']] : []);
  for (const { name, value } of dnsConfig?.options ?? []) if (name) options.set(name, value);
  const allServers = unique([...servers, ...(dnsConfig?.nameservers ?? [])]);
  const allSearches = unique([...searches, ...(dnsConfig?.searches ?? [])]);
  const optionTexts = [...options].map(([name, value]) => (value ? `${name}:${value}` : name));
  const lines = [
    ...(allSearches.length > 0 ? [`search ${allSearches.join(' ')}`] : []),
    ...allServers.map((server) => `nameserver ${server}`),
    ...(optionTexts.length > 0 ? [`options ${optionTexts.join(' ')}`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
