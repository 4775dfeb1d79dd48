/** Addresses and blocks that are taken, and that should be written otherwise. */
import { parseCidr, parseIp } from '../cel/addresses.ts';
import { isIPv4 } from '../validation/names.ts';
import type { Warnings } from './collector.ts';

/** `::ffff:10.0.0.1` → `10.0.0.1` */
function embedded(text: string): string | undefined {
  const tail = /^::ffff:([\d.]+)$/i.exec(text)?.[1];
  return tail !== undefined && isIPv4(tail) ? tail : undefined;
}

function nonStandard(what: string, text: string, instead: string): string {
  return `non-standard ${what} ${JSON.stringify(text)} will be considered invalid in a future Kubernetes release: use ${JSON.stringify(instead)}`;
}

export function address(text: unknown, field: string, warnings: Warnings): void {
  if (typeof text !== 'string') return;
  const inner = embedded(text);
  if (inner !== undefined) {
    warnings.at(field, nonStandard('IP address', text, inner));
    return;
  }
  const ip = parseIp(text);
  if (ip?.family !== 6 || ip.toString() === text) return;
  const canonical = JSON.stringify(ip.toString());
  const said = `IPv6 address ${JSON.stringify(text)} should be in RFC 5952 canonical format`;
  warnings.at(field, `${said} (${canonical})`);
}

export function block(text: unknown, field: string, warnings: Warnings): void {
  if (typeof text !== 'string') return;
  const cidr = parseCidr(text);
  if (cidr === undefined) return;
  const { masked, address: ip } = cidr;
  const canonical = JSON.stringify(masked.toString());
  if (masked.toString() !== cidr.toString()) {
    const single = JSON.stringify(`${ip}/${ip.family === 4 ? 32 : 128}`);
    const said = `CIDR value ${JSON.stringify(text)} is ambiguous in this context`;
    warnings.at(field, `${said} (should be ${canonical} or ${single}?)`);
  } else if (ip.family === 6 && cidr.toString() !== text) {
    const said = `IPv6 CIDR value ${JSON.stringify(text)} should be in RFC 5952 canonical format`;
    warnings.at(field, `${said} (${canonical})`);
  }
}
