/** Field numbers of node, see ../fields.ts. */
export const node: Readonly<Record<string, string>> = {
  Overhead: 'podFixed 1 {quantity}-',
  RuntimeClass:
    'metadata 1 meta.ObjectMeta-, handler 2 string, overhead 3 Overhead?, scheduling 4 Scheduling?',
  Scheduling: 'nodeSelector 1 {string}-, tolerations 2 core.Toleration[]-',
};
