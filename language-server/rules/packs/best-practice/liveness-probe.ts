import { at } from '../../../references/fields.ts';
import { deploymentExample, webService } from '../examples.ts';
import type { PackRule } from '../pack-rule.ts';
import { probeChange } from '../probes.ts';
import { containerFinding, isLongRunning, servicesOf } from '../subject.ts';

const ports = 'image: registry.example.com/web:1.4.2\nports:\n  - containerPort: 8080';

export const livenessProbe: PackRule = {
  id: 'liveness-probe',
  packs: ['best-practice'],
  severity: 'hint',
  looksAround: true,
  title: 'Containers that can hang are watched',
  why: 'A process that ends is started anew; one that hangs is not, unless a liveness probe notices. A probe that is too strict does harm, though: it restarts what is only slow. Where the process ends by itself when something is wrong, none is needed.',
  howToFix:
    'Add a cheap `livenessProbe`, more patient than the readiness probe and independent of other services.',
  bad: deploymentExample({ container: ports }) + webService,
  good:
    deploymentExample({
      container: `${ports}\nlivenessProbe:\n  periodSeconds: 10\n  failureThreshold: 6\n  tcpSocket:\n    port: 8080`,
    }) + webService,
  sources: [
    'https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/#liveness-probe',
  ],
  check(subject) {
    if (!isLongRunning(subject) || servicesOf(subject).length === 0) return [];
    return (subject.pod?.containers ?? [])
      .filter(
        ({ value }) =>
          at(value, ['ports']) !== undefined && at(value, ['livenessProbe']) === undefined,
      )
      .map((container) =>
        containerFinding(
          container,
          `Nothing notices when container "${container.name}" hangs`,
          probeChange(container, 'livenessProbe'),
        ),
      );
  },
};
