import type { Ingress, IngressClass } from '../../api/types.ts';
import { type AdmissionPlugin, concerns } from './admission.ts';

/** An ingress that names no class gets the default one; of several the newest. */
export const defaultIngressClass: AdmissionPlugin = {
  name: 'DefaultIngressClass',
  mutate(attributes, registry) {
    if (attributes.operation !== 'CREATE') return;
    if (!concerns(attributes, 'networking.k8s.io', 'ingresses')) return;
    const ingress = attributes.object as unknown as Ingress;
    const named = ingress.metadata.annotations?.['kubernetes.io/ingress.class'];
    if (ingress.spec?.ingressClassName !== undefined || named !== undefined) return;
    const classes = [...registry.cache.resource('networking.k8s.io/ingressclasses').items()]
      .map((item) => item.object as unknown as IngressClass)
      .filter(
        ({ metadata }) =>
          metadata.annotations?.['ingressclass.kubernetes.io/is-default-class'] === 'true',
      )
      .sort(
        ({ metadata: a }, { metadata: b }) =>
          b.creationTimestamp.localeCompare(a.creationTimestamp) || a.name.localeCompare(b.name),
      );
    const [newest] = classes;
    if (newest === undefined) return;
    ingress.spec = { ...ingress.spec, ingressClassName: newest.metadata.name };
  },
};
