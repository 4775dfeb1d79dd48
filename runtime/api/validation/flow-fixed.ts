/**
 * Flow schemas and priority levels that every cluster has and that nobody may change: with others a
 * server could turn away its own keepers, or have no place for a request.
 * k8s.io/apiserver/pkg/apis/flowcontrol/bootstrap, Mandatory…
 */
const anything = {
  resourceRules: [
    { verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'], clusterScope: true },
  ],
  nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
};
const group = (name: string) => ({ kind: 'Group', group: { name } });

/** Specs of flow schemas by name. */
export const fixedFlowSchemas = {
  exempt: {
    priorityLevelConfiguration: { name: 'exempt' },
    matchingPrecedence: 1,
    rules: [{ subjects: [group('system:masters')], ...anything }],
  },
  'catch-all': {
    priorityLevelConfiguration: { name: 'catch-all' },
    matchingPrecedence: 10_000,
    distinguisherMethod: { type: 'ByUser' },
    rules: [
      {
        subjects: [group('system:unauthenticated'), group('system:authenticated')],
        ...anything,
      },
    ],
  },
} as const;

/** Specs of priority levels by name; what stands under `exempt` may be changed. */
export const fixedPriorityLevels = {
  exempt: { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } },
  'catch-all': {
    type: 'Limited',
    limited: {
      nominalConcurrencyShares: 5,
      lendablePercent: 0,
      limitResponse: { type: 'Reject' },
    },
  },
} as const;
