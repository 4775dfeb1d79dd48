// Gives each class of the client library its upstream definition name. The class says version and
// type (`V1PodSpec`), not the group; that follows from a prefix, from kubernetes-models, or from
// which group's API reaches it.
import { groups, metaStem, metaTypes, owners } from './facts/names.mjs';

/** Class name → { name, group, version, type }. Throws for a class that it cannot place. */
export function nameClasses(models, apis, declarations) {
  const reach = reachability(models, apis);
  const named = new Map();
  for (const className of models.keys()) {
    const place = placeOf(className, reach, declarations);
    if (place !== undefined) named.set(className, place);
  }
  return named;
}

function placeOf(className, reach, declarations) {
  const match = /^([A-Z][a-z]+)??(V\d+(?:alpha\d+|beta\d+)?)([A-Z]\w*)$/.exec(className);
  // VersionInfo is the one class without a version.
  if (match === null) {
    if (className !== 'VersionInfo') throw new Error(`no version in class ${className}`);
    return { name: 'io.k8s.apimachinery.pkg.version.Info', type: 'Info', stem: 'version' };
  }
  const [, prefix, upper, type] = match;
  const version = upper.toLowerCase();
  if (type === 'MicroTime') return undefined;
  if (prefix === undefined && version === 'v1' && metaTypes.has(type)) {
    return { name: `${metaStem}.v1.${type}`, group: '', version, type, stem: 'meta' };
  }
  const found =
    prefix ?? owners[className] ?? declared(upper, type, declarations) ?? reached(reach, className);
  if (found === undefined || groups[found] === undefined) {
    throw new Error(`no group for class ${className}; say which in facts/names.mjs`);
  }
  const [group, stem] = groups[found];
  return {
    name: `${stem}.${version}.${type}`,
    group,
    version,
    type,
    stem: stem.slice(stem.lastIndexOf('.') + 1),
  };
}

/** The group that kubernetes-models files the type under, if just one has it. */
function declared(upper, type, declarations) {
  const hits = Object.keys(groups).filter((prefix) =>
    declarations.has(`${flat(groups[prefix][1])}${upper}${type}`),
  );
  const stems = new Set(hits.map((prefix) => groups[prefix][1]));
  return stems.size === 1 ? hits[0] : undefined;
}

/** `io.k8s.api.core` → `IoK8sApiCore`. */
export function flat(name) {
  return name
    .split(/[.-]/)
    .map((part) => part[0].toUpperCase() + part.slice(1))
    .join('');
}

function reached(reach, className) {
  const prefixes = reach.get(className) ?? new Set();
  if (prefixes.has('Core')) return 'Core';
  return prefixes.size === 1 ? [...prefixes][0] : undefined;
}

function reachability(models, apis) {
  const reach = new Map();
  const visit = (className, prefix, version) => {
    const seen = reach.get(className) ?? new Set();
    if (seen.has(prefix) || !models.has(className)) return;
    reach.set(className, seen.add(prefix));
    for (const { type } of Object.values(models.get(className).fields)) {
      for (const [next] of type.matchAll(/\b[A-Z]\w*V\d\w*|\bV\d\w+/g))
        visit(next, prefix, version);
    }
  };
  for (const { prefix, version, classes } of apis) {
    for (const className of classes) {
      if (className.startsWith(version)) visit(className, prefix, version);
    }
  }
  return reach;
}
