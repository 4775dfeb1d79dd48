/**
 * Kernel settings that a pod may have without harm to others, by the minor version since which they count
 * as such. https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/#safe-and-unsafe-sysctls
 */
export const safeSysctls: readonly { readonly since: number; readonly names: readonly string[] }[] =
  [
    {
      since: 0,
      names: [
        'kernel.shm_rmid_forced',
        'net.ipv4.ip_local_port_range',
        'net.ipv4.tcp_syncookies',
        'net.ipv4.ping_group_range',
        'net.ipv4.ip_unprivileged_port_start',
      ],
    },
    { since: 27, names: ['net.ipv4.ip_local_reserved_ports'] },
    {
      since: 29,
      names: [
        'net.ipv4.tcp_keepalive_time',
        'net.ipv4.tcp_fin_timeout',
        'net.ipv4.tcp_keepalive_intvl',
        'net.ipv4.tcp_keepalive_probes',
      ],
    },
    { since: 32, names: ['net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem'] },
  ];

/** Whether a node lets every pod have the setting; its name may be spelt with slashes. */
export function isSafeSysctl(name: string): boolean {
  const dotted = withDots(name);
  return safeSysctls.some(({ names }) => names.includes(dotted));
}

/** `net/ipv4/conf/eth0.1/x` is `net.ipv4.conf.eth0/1.x`: what comes first decides what separates. */
export function withDots(name: string): string {
  const first = /[./]/.exec(name)?.[0];
  if (first !== '/') return name;
  return name.replace(/[./]/g, (mark) => (mark === '/' ? '.' : '/'));
}
