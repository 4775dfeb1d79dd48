import { stringify } from 'yaml';

/** How a value is written that is nothing but JSON. */
export function yamlText(value: unknown): string {
  return stringify(value, { version: '1.1', aliasDuplicateObjects: false });
}
