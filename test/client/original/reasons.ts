/** Why Skiff, which is of release 1.36, says something else than kube-apiserver 1.20. */
export interface Reason {
  readonly why: string;
  /** Of `METHOD path type body`, a line break and `where: ours != theirs`. */
  readonly of: RegExp;
}

const newer = 'later releases have the field or default';

export const reasons: readonly Reason[] = [
  // Words of later releases
  {
    why: 'values are printed as JSON, not as Go writes them',
    of: /!= .*(\[\]string|map\[string\]string|v1\.LabelSelector|intstr\.IntOrString|rbac\.RoleRef|\[\]networking\.IngressRule)[({]/,
  },
  {
    why: 'the decoder is that of encoding/json',
    of: /cannot be handled as .*!= .*(error found in #10 byte|readUint32)/,
  },
  {
    why: 'options that are too long are told in other words',
    of: /Too long: may not be more than \d+ bytes" != /,
  },
  {
    why: 'owner references are named by their place, and all fields told alike',
    of: /ownerReferences/,
  },
  {
    why: 'namespaces that do not fit are told in other words',
    of: /the namespace of the provided object does not match/,
  },
  {
    why: 'what is applied is checked for its type first',
    of: /"invalid object type: .*!= "Incorrect version specified in apply patch/,
  },
  {
    why: 'what cannot be applied is named',
    of: /failed to create typed patch object \(.*!= "failed to create typed patch object: /,
  },
  { why: 'the router says what there is', of: /"406: Not Acceptable\\n\\nAvailable/ },
  {
    why: 'unknown paths get a page, not an index',
    of: /GET \/(nothing|healthz\/nothing)[^\n]*\n(body: "404 page|content-type|end of line|x-content-type)/,
  },
  {
    why: 'a patch is decoded strictly before it is applied',
    of: /error decoding patch: .*!= "json: cannot unmarshal object into Go value of type jsonpatch\.Patch"/,
  },
  {
    why: 'requests above a limit tell the limit',
    of: /must be less than or equal to cpu limit of 1/,
  },
  {
    why: 'names of environment variables may be nearly anything, and are checked before probes',
    of: /POST \S+\/pods [^\n]*"1="[^\n]*\nbody\.(message|details)/,
  },
  {
    why: 'lists of what is supported are sorted; ports are checked on host networks with their containers',
    of: /POST \S+\/pods [^\n]*"hostPort":81[^\n]*\nbody\.(message|details)/,
  },
  {
    why: 'more of a pod and of a StatefulSet may be changed, and changes are named',
    of: /(pod updates may not change fields|updates to statefulset spec)/,
  },
  {
    why: 'a name that is no label is no label of its own either',
    of: /"Other_"[^\n]*\nbody\.(message|details\.causes\.1)/,
  },
  {
    why: 'the group is that of the kind',
    of: /Ingress\.(networking\.k8s\.io|extensions)|details\.group: "networking\.k8s\.io" != "extensions"/,
  },
  {
    why: 'the field has another name',
    of: /PATCH \S+priorityclasses\/p [^\n]*\nbody\.(message|details\.causes\.0\.field)/,
  },
  {
    why: 'versions of a definition are judged in other words',
    of: /customresourcedefinitions [^\n]*boats[^\n]*\nbody\.(message|details)/,
  },
  {
    why: 'what is wrong with a selector is told with its place',
    of: /labelSelector=[^\n]*\nbody\.message: "unable to parse requirement: (values\[\d\]|<nil>)/,
  },
  { why: 'watches are taken from flows, too', of: /watch[^\n]*\nhas x-kubernetes-pf/ },
  {
    why: 'sendInitialEvents has come',
    of: /is forbidden for watch unless sendInitialEvents|supported values: \\"NotOlderThan/,
  },
  // Fields and columns of later releases
  {
    why: newer,
    of: /\.(internalTrafficPolicy|ipFamilyPolicy|ipFamilies|persistentVolumeClaimRetentionPolicy|availableReplicas|maxSurge|storageCapacity|requiresRepublish|seLinuxMount|completionMode|suspend|podReplacementPolicy|manualSelector): .* != undefined/,
  },
  {
    why: 'namespaces are labelled with their names',
    of: /metadata\.labels: \{"kubernetes\.io\/metadata\.name"/,
  },
  {
    why: 'jobs are found by labels with a prefix',
    of: /jobs[^\n]*\n[^\n]*(controller-uid|job-name)/,
  },
  { why: 'evicted pods have a condition', of: /"DisruptionTarget"/ },
  { why: 'warnings have come', of: /\nwarning: "299 .*" != undefined/ },
  {
    why: 'tables have more columns and other types',
    of: /as=Table[^\n]*\nbody\.(columnDefinitions|rows\.\d+\.cells)/,
  },
  { why: 'deleted services are shown', of: /DELETE \S+\/services\/np [^\n]*\nbody/ },
  // What Skiff does on purpose
  {
    why: 'empty parts that nobody has set are left out',
    of: /(undefined != (null|""|\{\}|0|false)$|status: undefined != \{"daemonEndpoints")/,
  },
  { why: 'YAML is written by another writer', of: /application\/yaml[^\n]*\nbody: "/ },
  { why: 'YAML is read by another reader', of: /a: \[[^\n]*\nbody\.message: .*yaml: line 1/ },
  {
    why: 'members of an object that is quoted are in another order',
    of: /is invalid: patch: Invalid value|causes\.0\.message: "Invalid value: "?\\?"\{/,
  },
  {
    why: 'a patch that does not apply is told why',
    of: /json-patch\+json[^\n]*\nbody\.details\.causes: \[/,
  },
  {
    why: 'the replacement of what is not there was refused before',
    of: /data\.none: undefined != "1"/,
  },
  {
    why: 'what is wrong is told once',
    of: /(replicasets|daemonsets)\/web [^\n]*"z"[^\n]*\nbody\.(message|details\.causes)|causes\.1: undefined != \{"reason":"FieldValueForbidden","message":"Forbidden: no new finalizers/,
  },
  { why: 'taints are named where they are', of: /"effect":"x"[^\n]*\nbody\.(message|details)/ },
  {
    why: 'reviews are named, and nothing is not a text',
    of: /subjectaccessreviews [^\n]*\nbody\.(message|details)/,
  },
  {
    why: 'the namespace keeps the finalizer until its content is gone',
    of: /finalize [^\n]*\nbody\.spec\.finalizers/,
  },
  {
    why: 'objects in tables are as they are shown elsewhere',
    of: /as=Table[^\n]*\nbody\.rows\.0\.object\.metadata\.annotations: \{"deprecated\.daemonset/,
  },
  { why: 'there is nothing in an empty table', of: /rows: \[\] != null/ },
];
