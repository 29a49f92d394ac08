import { UsageError } from '@crates-mirror/errors';

const UNITS_MS: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: 24 * 3_600_000,
  w: 7 * 24 * 3_600_000,
};
const PART = /(\d{1,6})([mhdw])/g;
const AGE = /^(\d{1,6}[mhdw])+$/;

/** Parses an age like `12h`, `7d`, `2w` or `1d12h`. @returns ms. @throws UsageError */
export function parseAge(text: string): number {
  if (!AGE.test(text))
    throw new UsageError(`'${text}' is not an age`, { hint: 'Write it like 12h, 7d or 2w' });
  let total = 0;
  for (const [, amount, unit] of text.matchAll(PART)) total += Number(amount) * (UNITS_MS[unit ?? ''] ?? 0);
  if (total === 0) throw new UsageError(`'${text}' keeps nothing out`, { hint: 'Leave the option out' });
  return total;
}
