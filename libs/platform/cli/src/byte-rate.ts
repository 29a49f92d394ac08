import { UsageError } from '@crates-mirror/errors';

/** bytes/s. A lower rate probably lacks its unit: a single crate file would take hours. */
const MIN_RATE = 10_000;
const MAX_RATE = 1e12;
const PREFIXES = ['', 'k', 'm', 'g'];
const RATE = /^(\d{1,12}(?:\.\d{1,6})?)([kKmMgG]?)(B|iB|bit|bps|)(?:\/s)?$/;
const UNITS: Readonly<Record<string, { readonly base: number; readonly bytes: number }>> = {
  B: { base: 1000, bytes: 1 },
  iB: { base: 1024, bytes: 1 },
  bit: { base: 1000, bytes: 1 / 8 },
  bps: { base: 1000, bytes: 1 / 8 },
  // curl's and wget's --limit-rate use K, M and G for these.
  '': { base: 1024, bytes: 1 },
};

/**
 * Parses a rate: `50MB`, `50MiB`, `500KB/s`, `400Mbit`, `100Mbps`; `2.5M` and `300k` as in curl and
 * wget, where a single letter is a power of 1024; `0` for no limit.
 *
 * @returns bytes/s; 0 for no limit
 * @throws UsageError
 */
export function parseByteRate(text: string): number {
  const [, amount, prefix = '', name = ''] = RATE.exec(text) ?? [];
  const unit = UNITS[name];
  if (amount === undefined || unit === undefined)
    throw new UsageError(`'${text}' is not a rate`, {
      hint: 'Write it like 50MB or 50MiB (bytes a second) or 400Mbit, or 0 for no limit',
    });
  const factor = unit.base ** PREFIXES.indexOf(prefix.toLowerCase()) * unit.bytes;
  const rate = Math.round(Number(amount) * factor);
  if (Number(amount) !== 0 && (rate < MIN_RATE || rate > MAX_RATE))
    throw new UsageError(`'${text}' is ${rate} bytes a second, which is not from 10KB to 1000GB`, {
      hint: 'Write it with its unit, like 50MB',
    });
  return rate;
}
