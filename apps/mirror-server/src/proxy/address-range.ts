import type { BlockList } from 'node:net';
import { UsageError } from '@crates-mirror/errors';

const HINT = 'Write it like 10.0.0.5, 10.0.0.0/8, ::1 or fd00::/8';

/** An IP address, or a range of addresses with a common prefix. */
export interface AddressRange {
  readonly family: 'ipv4' | 'ipv6';
  /** The first address. */
  readonly address: string;
  /** Number of leading bits that all its addresses share. */
  readonly prefix: number;
}

/**
 * Parses an IP address or a range in CIDR notation (RFC 4632, RFC 4291).
 *
 * @throws UsageError for anything else, including bits set beyond the prefix: such a range is
 * rarely the intended one
 */
export function parseAddressRange(text: string): AddressRange {
  const [, address, digits] = /^([\da-f:.]+)(?:\/(0|[1-9]\d{0,2}))?$/i.exec(text) ?? [];
  const version = net().isIP(address ?? '');
  if (address === undefined || version === 0)
    throw new UsageError(`'${text}' is not an IP address or a CIDR range`, { hint: HINT });
  const family = version === 4 ? 'ipv4' : 'ipv6';
  const size = version === 4 ? 32 : 128;
  const prefix = digits === undefined ? size : Number(digits);
  if (prefix > size) throw new UsageError(`'${text}': a prefix has ${size} bits at most`, { hint: HINT });
  if (/1/.test(bitsOf(address, version).slice(prefix)))
    throw new UsageError(`'${text}' has bits set beyond its prefix of ${prefix}`, {
      hint: `Write ${address} for the one address, or the range's first address`,
    });
  return { family, address, prefix };
}

function bitsOf(address: string, version: number): string {
  const [parts, radix, width] =
    version === 4 ? ([address.split('.'), 10, 8] as const) : ([groupsOf(address), 16, 16] as const);
  return parts.map((part) => Number.parseInt(part, radix).toString(2).padStart(width, '0')).join('');
}

/** The eight groups of an IPv6 address in the URL standard's form, which has no dots. */
function groupsOf(address: string): string[] {
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const first = head === '' ? [] : head.split(':');
  if (tail === undefined) return first;
  const last = tail === '' ? [] : tail.split(':');
  return [...first, ...Array<string>(8 - first.length - last.length).fill('0'), ...last];
}

/** A set of address ranges. */
export class AddressRanges {
  readonly #list: BlockList = new (net().BlockList)();

  constructor(ranges: readonly AddressRange[]) {
    for (const { family, address, prefix } of ranges) this.#list.addSubnet(address, prefix, family);
  }

  /**
   * Also checks an IPv4 address in its IPv6 form (`::ffff:10.0.0.5`), which a server on `[::]`
   * sees.
   */
  has(address: string): boolean {
    const [plain = ''] = address.split('%');
    const version = net().isIP(plain);
    return version !== 0 && this.#list.check(plain, version === 4 ? 'ipv4' : 'ipv6');
  }
}

/** Loaded only when an address is parsed, because it slows down --help. */
function net(): typeof import('node:net') {
  return process.getBuiltinModule('node:net');
}
