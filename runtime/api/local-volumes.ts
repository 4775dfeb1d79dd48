/** What the controller that orders volumes of the class `standard` and the node that keeps them agree on. */

/** The provisioner's name in storage classes. */
export const localProvisioner = 'skiff.dev/local';

/** On persistent volumes: who made them. */
export const provisionedBy = 'pv.kubernetes.io/provisioned-by';

/**
 * Holds a provisioned volume until its data is gone too, so that a crash between the two leaves
 * neither. Upstream's provisioners do the same: https://kep.k8s.io/2644
 */
export const dataFinalizer = 'skiff.dev/volume-data';
