/** What conditions of a CertificateSigningRequest may be, and become. Pure. */
import type { StatusCause } from '../../../api/status.ts';
import type { certificates } from '../../../api/types.ts';

type Condition = certificates.CertificateSigningRequestCondition;

/** Once said they stay said, and only by their own way of writing. */
const lasting: Readonly<Record<string, readonly string[]>> = {
  approval: ['Approved', 'Denied'],
  status: ['Failed'],
};
const alwaysTrue = ['Approved', 'Denied', 'Failed'];

/** What is wrong with conditions written through a subresource. */
export function conditionCauses(
  next: readonly Condition[],
  previous: readonly Condition[],
  subresource: string,
): StatusCause[] {
  const causes: StatusCause[] = [];
  const add = (reason: string, field: string, message: string) =>
    causes.push({ reason, message, field });
  const seen = new Set<string>();
  for (const [index, { type, status }] of next.entries()) {
    const at = `status.conditions[${index}]`;
    if (!type) add('FieldValueRequired', `${at}.type`, 'Required value');
    else if (seen.has(type)) {
      add('FieldValueDuplicate', `${at}.type`, `Duplicate value: ${JSON.stringify(type)}`);
    }
    seen.add(type);
    const other = { Approved: 'Denied', Denied: 'Approved' }[type];
    if (other !== undefined && seen.has(other)) {
      const detail = 'Approved and Denied conditions are mutually exclusive';
      add('FieldValueInvalid', `${at}.type`, `Invalid value: ${JSON.stringify(type)}: ${detail}`);
    }
    const supported = alwaysTrue.includes(type) ? ['True'] : ['False', 'True', 'Unknown'];
    if (!status) add('FieldValueRequired', `${at}.status`, 'Required value');
    else if (!supported.includes(status)) {
      const values = supported.map((value) => JSON.stringify(value)).join(', ');
      const message = `Unsupported value: ${JSON.stringify(status)}: supported values: ${values}`;
      add('FieldValueNotSupported', `${at}.status`, message);
    }
  }
  for (const type of lasting[subresource] ?? []) {
    const before = previous.filter((condition) => condition.type === type).length;
    const after = next.filter((condition) => condition.type === type).length;
    if (after >= before) continue;
    const message = `Forbidden: updates may not remove a condition of type "${type}"`;
    add('FieldValueForbidden', 'status.conditions', message);
  }
  return causes;
}
