/** Field numbers of scheduling, see ../fields.ts. */
export const scheduling: Readonly<Record<string, string>> = {
  PriorityClass:
    'metadata 1 meta.ObjectMeta-, value 2 int, globalDefault 3 bool-, description 4 string-, preemptionPolicy 5 string?',
};
