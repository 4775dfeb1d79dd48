/** How many seconds a pod is given to end, if nobody says otherwise: less than none counts as one. */
export function graceSecondsOf(spec: { readonly terminationGracePeriodSeconds?: number }): number {
  const seconds = spec.terminationGracePeriodSeconds ?? 30;
  return seconds < 0 ? 1 : seconds;
}
