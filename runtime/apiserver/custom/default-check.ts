/** A default must be a value that its schema lets in whole. */

import { prune } from '../../api/custom/prune.ts';
import type { CheckDefault } from '../../api/custom/structural.ts';
import { validateAgainst } from '../../api/custom/validate.ts';
import { copyJson, sameJson } from '../registry/json.ts';

export const checkDefault: CheckDefault = (schema, path, problems) => {
  const at = `${path}.default`;
  const value = copyJson(schema.default);
  prune(value, schema, schema['x-kubernetes-embedded-resource'] === true);
  if (!sameJson(value, schema.default)) {
    problems.invalid(at, schema.default, 'must not have unknown fields');
    return;
  }
  for (const { message = '', reason, field = '' } of validateAgainst(
    schema.default,
    undefined,
    schema,
  )) {
    const below = field === '' || field === '<nil>' ? at : `${at}.${field}`;
    problems.causes.push({ reason: reason ?? 'FieldValueInvalid', message, field: below });
  }
};
