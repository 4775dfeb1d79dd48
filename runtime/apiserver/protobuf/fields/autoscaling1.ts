/** Field numbers of autoscaling1, see ../fields.ts. */
export const autoscaling1: Readonly<Record<string, string>> = {
  CrossVersionObjectReference: 'kind 1 string, name 2 string, apiVersion 3 string-',
  HorizontalPodAutoscaler:
    'metadata 1 meta.ObjectMeta-, spec 2 HorizontalPodAutoscalerSpec-, status 3 HorizontalPodAutoscalerStatus-',
  HorizontalPodAutoscalerSpec:
    'scaleTargetRef 1 CrossVersionObjectReference, minReplicas 2 int?, maxReplicas 3 int, targetCPUUtilizationPercentage 4 int?',
  HorizontalPodAutoscalerStatus:
    'observedGeneration 1 int?, lastScaleTime 2 time?, currentReplicas 3 int, desiredReplicas 4 int, currentCPUUtilizationPercentage 5 int?',
  Scale: 'metadata 1 meta.ObjectMeta-, spec 2 ScaleSpec-, status 3 ScaleStatus-',
  ScaleSpec: 'replicas 1 int-',
  ScaleStatus: 'replicas 1 int, selector 2 string-',
};
