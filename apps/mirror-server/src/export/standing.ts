import type { Standing } from './site-target.ts';

const WORST_FIRST: readonly Standing[] = ['wrong', 'missing'];

/** The worst standing among several paths of one file. */
export function worst(standings: readonly Standing[]): Standing {
  return WORST_FIRST.find((one) => standings.includes(one)) ?? 'right';
}
