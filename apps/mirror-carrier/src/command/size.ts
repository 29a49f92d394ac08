import { UsageError } from '@crates-mirror/errors';

const UNITS: Readonly<Record<string, number>> = {
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};
/** Smaller volumes would be mostly lists. bytes */
const LEAST = 1e6;
const MOST = 1e15;

/** A size as media have it: `4GB`, `25GB`, `700MB`, `1.5TB`, `4GiB`. @returns bytes. @throws UsageError */
export function parseSize(text: string): number {
  const [, amount, unit = ''] = /^(\d{1,12}(?:\.\d{1,6})?) ?([A-Za-z]+)$/.exec(text) ?? [];
  const factor = UNITS[unit];
  if (amount === undefined || factor === undefined)
    throw new UsageError(`'${text}' is not a size`, { hint: 'Write it like 4GB, 25GB or 700MB' });
  const bytes = Math.floor(Number(amount) * factor);
  if (bytes >= LEAST && bytes <= MOST) return bytes;
  throw new UsageError(`'${text}' is not from 1MB to 1000TB`);
}
