/** The Kubernetes release whose API Skiff serves; the schema bundle is of the same. */
export const kubernetesMinor = 36;

/** As versions are written: in `/version`, on nodes. The suffix says that it is not the original. */
export const kubernetesVersion = `v1.${kubernetesMinor}.0+skiff`;
