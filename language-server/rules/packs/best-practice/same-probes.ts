import { podExample } from '../examples.ts';
import type { PackRule } from '../pack-rule.ts';
import { areSame } from '../probes.ts';
import { containerFinding, runningContainers } from '../subject.ts';

export const sameProbes: PackRule = {
  id: 'same-probes',
  packs: ['best-practice'],
  severity: 'warning',
  title: 'Liveness and readiness ask different things',
  why: 'A pod that is not ready gets no requests and may recover; one that is not alive is killed. Where both probes are the same, a pod that is merely overloaded is killed at the very moment it should be left alone, its load falls on the others, and they follow.',
  howToFix:
    'Let the liveness probe ask less and wait longer: another path, a higher `failureThreshold`, or none.',
  bad: podExample(`image: registry.example.com/web:1.4.2
readinessProbe:
  httpGet: {path: /healthz, port: 8080}
livenessProbe:
  httpGet: {path: /healthz, port: 8080}`),
  good: podExample(`image: registry.example.com/web:1.4.2
readinessProbe:
  httpGet: {path: /healthz, port: 8080}
livenessProbe:
  failureThreshold: 10
  httpGet: {path: /healthz, port: 8080}`),
  sources: [
    'https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/#configure-probes',
  ],
  check: ({ pod }) =>
    runningContainers(pod)
      .filter(({ value }) => areSame(value.livenessProbe, value.readinessProbe))
      .map((container) =>
        containerFinding(
          container,
          'The liveness probe is the readiness probe: a pod that is only busy is killed',
          undefined,
          ['livenessProbe'],
        ),
      ),
};
