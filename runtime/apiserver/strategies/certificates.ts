import { part, type Strategy, wholeMetadata } from './strategy.ts';

/** Records who asks for the certificate: signers decide by it, so clients may not set it. */
export const certificateRequestStrategy: Strategy = {
  prepareForCreate(object, context) {
    const spec = part(object, 'spec');
    spec.username = context.userName;
    spec.groups = [...context.userGroups];
    if (context.userId !== undefined) spec.uid = context.userId;
    else delete spec.uid;
    if (context.userExtra !== undefined) spec.extra = context.userExtra;
    else delete spec.extra;
    object.status = {};
  },
  prepareForUpdate(next, previous) {
    next.spec = previous.spec;
  },
  prepareForStatusUpdate(next, previous) {
    const status = part(next, 'status');
    const before = (previous.status ?? {}) as { conditions?: { type: string }[] };
    const own = (before.conditions ?? []).filter(({ type }) => isDecision(type));
    const others = ((status.conditions ?? []) as { type: string }[]).filter(
      ({ type }) => !isDecision(type),
    );
    if (own.length + others.length > 0) status.conditions = [...own, ...others];
  },
};

/** Conditions that only /approval may set. */
function isDecision(type: string): boolean {
  return type === 'Approved' || type === 'Denied';
}

export const apiServiceStrategy: Strategy = {
  needsResourceVersion: true,
  generation: true,
  keptByStatus: wholeMetadata,
  prepareForCreate(object) {
    // A group that is served from within needs no reachability check.
    if (part(object, 'spec').service !== undefined) return;
    object.status = {
      conditions: [
        {
          type: 'Available',
          status: 'True',
          reason: 'Local',
          message: 'Local APIServices are always available',
          lastTransitionTime: object.metadata.creationTimestamp,
        },
      ],
    };
  },
};
