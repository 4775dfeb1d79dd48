import { at } from '../../../references/fields.ts';
import { deploymentExample, webService } from '../examples.ts';
import type { PackRule } from '../pack-rule.ts';
import { probeChange } from '../probes.ts';
import { containerFinding, isLongRunning, servicesOf } from '../subject.ts';

const ports = 'image: registry.example.com/web:1.4.2\nports:\n  - containerPort: 8080';

export const readinessProbe: PackRule = {
  id: 'readiness-probe',
  packs: ['best-practice'],
  severity: 'warning',
  looksAround: true,
  title: 'Pods behind a Service say when they are ready',
  why: 'Without a readiness probe a container counts as ready the moment it starts. The Service sends it requests that it cannot answer yet, and a rolling update takes the old pods away before the new ones serve: every deployment loses requests.',
  howToFix:
    'Add a `readinessProbe` that asks what the container serves, without asking what it depends on.',
  bad: deploymentExample({ container: ports }) + webService,
  good:
    deploymentExample({
      container: `${ports}\nreadinessProbe:\n  httpGet:\n    path: /ready\n    port: 8080`,
    }) + webService,
  sources: [
    'https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/#readiness-probe',
  ],
  check(subject) {
    const { pod } = subject;
    const [service] = isLongRunning(subject) ? servicesOf(subject) : [];
    if (service === undefined || pod === undefined) return [];
    const probed = pod.containers.some(({ value }) => at(value, ['readinessProbe']) !== undefined);
    const [first] = pod.containers.filter(({ value }) => at(value, ['ports']) !== undefined);
    const container = first ?? pod.containers[0];
    if (probed || container === undefined) return [];
    const message = `Service "${service.name}" sends requests here, but no container says when it is ready`;
    return [containerFinding(container, message, probeChange(container, 'readinessProbe'))];
  },
};
