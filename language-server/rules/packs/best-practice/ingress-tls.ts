import { at } from '../../../references/fields.ts';
import { listAt } from '../../cross-selectors.ts';
import type { PackRule } from '../pack-rule.ts';

const ingress = (tls: string) => `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
spec:
${tls}  rules:
    - host: web.example.com
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: web
                port:
                  number: 80
`;

export const ingressTls: PackRule = {
  id: 'ingress-tls',
  packs: ['best-practice'],
  severity: 'information',
  title: 'Hosts of an Ingress are served over TLS',
  why: 'A host that is in no entry of `spec.tls` is served in clear text, or with a certificate that browsers refuse. Some controllers get certificates another way; then switch this rule off.',
  howToFix: 'List the host in `spec.tls` with the Secret of its certificate.',
  bad: ingress(''),
  good: ingress('  tls:\n    - hosts: [web.example.com]\n      secretName: web-tls\n'),
  sources: ['https://kubernetes.io/docs/concepts/services-networking/ingress/#tls'],
  check({ kind, group, value }) {
    if (kind !== 'Ingress' || group !== 'networking.k8s.io') return [];
    const covered = listAt(value, ['spec', 'tls']).flatMap((tls) => {
      const hosts = listAt(tls, ['hosts']).map(String);
      // Without hosts the entry is for all of them.
      return hosts.length === 0 ? ['*'] : hosts;
    });
    return listAt(value, ['spec', 'rules']).flatMap((rule, index) => {
      const host = at(rule, ['host']);
      if (typeof host !== 'string' || covered.some((each) => covers(each, host))) return [];
      return {
        path: ['spec', 'rules', index, 'host'],
        message: `${host} is served without TLS`,
      };
    });
  },
};

/** `*.example.com` covers one more label. */
function covers(pattern: string, host: string): boolean {
  if (pattern === '*' || pattern === host) return true;
  return pattern.startsWith('*.') && host.slice(host.indexOf('.')) === pattern.slice(1);
}
