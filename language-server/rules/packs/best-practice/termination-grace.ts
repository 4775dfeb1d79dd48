import { at } from '../../../references/fields.ts';
import { podExample } from '../examples.ts';
import type { PackRule } from '../pack-rule.ts';
import { runningContainers } from '../subject.ts';

/** What a pod gets that says nothing. */
const defaultSeconds = 30;

export const terminationGrace: PackRule = {
  id: 'termination-grace',
  packs: ['best-practice'],
  severity: 'warning',
  title: 'Containers have the time to stop',
  why: 'A container is told to stop and killed when the grace period is over; the time of its `preStop` hook counts. With none left, requests that it was answering break off and files stay half-written.',
  howToFix:
    'Let `terminationGracePeriodSeconds` be longer than the `preStop` hook and what the program needs to finish.',
  bad: podExample('image: registry.example.com/web:1.4.2', 'terminationGracePeriodSeconds: 0'),
  good: podExample(
    `image: registry.example.com/web:1.4.2
lifecycle:
  preStop:
    sleep:
      seconds: 10`,
    'terminationGracePeriodSeconds: 45',
  ),
  sources: ['https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination'],
  check({ pod }) {
    if (pod === undefined) return [];
    const path = [...pod.path, 'terminationGracePeriodSeconds'];
    const given = at(pod.spec, ['terminationGracePeriodSeconds']);
    if (given === 0) {
      return [
        {
          path,
          message: 'Containers are killed at once, whatever they are doing',
          change: { title: 'Give them 30 seconds', fields: [{ set: path, to: defaultSeconds }] },
        },
      ];
    }
    const grace = typeof given === 'number' ? given : defaultSeconds;
    return runningContainers(pod).flatMap((container) => {
      const hook = ['lifecycle', 'preStop', 'sleep', 'seconds'];
      const seconds = at(container.value, hook);
      if (typeof seconds !== 'number' || seconds < grace) return [];
      return {
        path: [...container.path, ...hook],
        message: `The hook takes all of the ${grace} seconds that the container has to stop`,
      };
    });
  },
};
