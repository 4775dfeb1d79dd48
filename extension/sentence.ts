/** Reasons come as the ends of sentences ("cannot reach …"); alone they begin and end as one. */
export function sentence(reason: string): string {
  const text = reason.replace(/[\s:]+$/, '').trim();
  const end = /[.!?…]$/.test(text) ? '' : '.';
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${end}`;
}
