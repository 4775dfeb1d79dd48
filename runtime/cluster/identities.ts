/**
 * As whom the parts of this process call the API, as they would from machines of their own: each has
 * the rights that its standard role gives it and no more.
 *
 *   informers of the process   system:kube-controller-manager, which may list and watch everything
 *   a controller               its own service account in kube-system
 *   the scheduler              system:kube-scheduler
 *   a kubelet                  system:node:<name>, with informers of its own
 *
 * The proxy, DNS and node ports read what the process's informers hold.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#core-component-roles
 */

/** Who calls: a name and the groups that authentication would give it. */
export interface Identity {
  readonly name: string;
  readonly groups: readonly string[];
}

const authenticated = 'system:authenticated';

export const identities = {
  controllerManager: { name: 'system:kube-controller-manager', groups: [authenticated] },
  scheduler: { name: 'system:kube-scheduler', groups: [authenticated] },
  /** Sets the addresses of services of type LoadBalancer. */
  services: controller('service-controller'),
  /** Empties volumes that nobody needs any more. */
  volumes: controller('persistent-volume-binder'),
  controller,
  node: (name: string): Identity => ({
    name: `system:node:${name}`,
    groups: ['system:nodes', authenticated],
  }),
} as const;

/** The service account of a controller. */
function controller(name: string): Identity {
  return {
    name: `system:serviceaccount:kube-system:${name}`,
    groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', authenticated],
  };
}
