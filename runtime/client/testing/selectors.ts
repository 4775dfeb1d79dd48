/** Label and field selectors for the fake server: enough of the syntax for tests, written plainly. */
import type { KubeObject } from '../../api/object.ts';

/** Splits at commas that are not inside parentheses. */
function requirements(selector: string): string[] {
  return selector
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** Whether labels satisfy a selector such as `app=web,tier in (a, b),!old`. */
export function labelsMatch(selector: string | undefined, object: KubeObject): boolean {
  const labels = object.metadata.labels ?? {};
  return requirements(selector ?? '').every((requirement) => {
    const set = /^(\S+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(requirement);
    if (set !== null) {
      const [, key = '', operator, list = ''] = set;
      const value = labels[key];
      const among = value !== undefined && list.split(',').some((item) => item.trim() === value);
      return operator === 'in' ? among : !among;
    }
    const equal = /^([^!=\s]+)\s*(==|=|!=)\s*(.*)$/.exec(requirement);
    if (equal !== null) {
      const [, key = '', operator, value] = equal;
      return operator === '!=' ? labels[key] !== value : labels[key] === value;
    }
    return requirement.startsWith('!')
      ? labels[requirement.slice(1)] === undefined
      : labels[requirement] !== undefined;
  });
}

/** Whether fields satisfy a selector such as `spec.nodeName=a,status.phase!=Failed`. Any path goes. */
export function fieldsMatch(selector: string | undefined, object: KubeObject): boolean {
  return requirements(selector ?? '').every((requirement) => {
    const [, path = '', operator, value = ''] = /^([^!=]+)(==|=|!=)(.*)$/.exec(requirement) ?? [];
    let found: unknown = object;
    for (const step of path.split('.')) {
      found = (found as Record<string, unknown> | undefined)?.[step];
    }
    const text = found === undefined ? '' : String(found);
    return operator === '!=' ? text !== value : text === value;
  });
}
