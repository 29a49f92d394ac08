import { UsageError } from '@crates-mirror/errors';

const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
  TIB: 2 ** 40,
};
const SIZE = /^(\d{1,12}(?:\.\d{1,6})?) ?([A-Za-z]+)$/;

/** The smallest and largest size allowed: in bytes, and as text for messages. */
export interface SizeBounds {
  readonly least: number;
  readonly most: number;
  /** `1MB to 1000TB` */
  readonly text: string;
}

/**
 * Parses sizes as used for media: `4GB`, `700MB`, `1.5TB`, `4GiB`, in upper or lower case. The unit
 * is required.
 *
 * @returns a parser that returns bytes, and throws UsageError
 */
export function byteSize({ least, most, text: bounds }: SizeBounds): (text: string) => number {
  return (text) => {
    const [, amount, unit = ''] = SIZE.exec(text) ?? [];
    const factor = UNITS[unit.toUpperCase()];
    if (amount === undefined || factor === undefined)
      throw new UsageError(`'${text}' is not a size`, { hint: 'Write it like 700MB, 4GB or 4GiB' });
    const bytes = Math.floor(Number(amount) * factor);
    if (bytes >= least && bytes <= most) return bytes;
    throw new UsageError(`'${text}' is not from ${bounds}`);
  };
}
