import { graceSecondsOf } from '../../api/grace.ts';
import { qosClassOf } from '../../api/qos.ts';
import type { Pod } from '../../api/types.ts';
import { fillPodIps } from './addresses.ts';
import { syncAppArmor } from './app-armor.ts';
import { part, type Strategy } from './strategy.ts';

export const podStrategy: Strategy = {
  generation: true,
  returnsDeleted: true,
  keptByStatus: ['ownerReferences'],
  prepareForCreate(object, context) {
    const pod = object as unknown as Pod;
    syncAppArmor(pod, (text) => context.warn(text));
    object.status = { phase: 'Pending', qosClass: qosClassOf(pod.spec) };
    const gates = pod.spec.schedulingGates ?? [];
    if (gates.length > 0) {
      part(object, 'status').conditions = [
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'SchedulingGated',
          message: 'Scheduling is blocked due to non-empty scheduling gates',
          lastProbeTime: null,
          lastTransitionTime: null,
        },
      ];
    }
  },
  prepareForStatusUpdate(next, previous) {
    const status = part(next, 'status');
    const before = part(previous, 'status');
    // The class follows from the specification; a status that leaves it out does not clear it.
    status.qosClass ??= before.qosClass;
    fillPodIps(next);
  },
  gracePeriod(object, requested) {
    const pod = object as unknown as Pod;
    const seconds = requested ?? graceSecondsOf(pod.spec);
    const phase = pod.status?.phase;
    if (!pod.spec.nodeName || phase === 'Failed' || phase === 'Succeeded') return 0;
    return seconds < 0 ? 1 : seconds;
  },
};
