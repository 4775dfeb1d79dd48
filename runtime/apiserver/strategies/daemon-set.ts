import type { UnknownObject } from '../../api/object.ts';
import { sameJson, valueAt } from '../registry/json.ts';
import type { Strategy } from './strategy.ts';

/** How often the template has changed: a field of older versions, which later ones show like this. */
const templateGeneration = 'deprecated.daemonset.template.generation';

export const daemonSetStrategy: Strategy = {
  generation: true,
  prepareForCreate(object) {
    object.status = {
      currentNumberScheduled: 0,
      numberMisscheduled: 0,
      desiredNumberScheduled: 0,
      numberReady: 0,
    };
    annotate(object, 1);
  },
  prepareForUpdate(next, previous) {
    const before = Number(previous.metadata.annotations?.[templateGeneration] ?? 0);
    const template = (object: UnknownObject) => valueAt(object, 'spec', 'template');
    annotate(next, sameJson(template(next), template(previous)) ? before : before + 1);
  },
};

function annotate({ metadata }: UnknownObject, generation: number): void {
  if (!Number.isSafeInteger(generation) || generation < 1) return;
  metadata.annotations = { ...metadata.annotations, [templateGeneration]: String(generation) };
}
