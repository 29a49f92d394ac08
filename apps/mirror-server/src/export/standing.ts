import type { Standing } from './site-target.ts';

const WORST_FIRST: readonly Standing[] = ['wrong', 'missing'];

/** Of several paths of one file, how the one stands that stands worst. */
export function worst(standings: readonly Standing[]): Standing {
  return WORST_FIRST.find((one) => standings.includes(one)) ?? 'right';
}
