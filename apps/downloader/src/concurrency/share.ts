import type { RequestLimits } from '../lane/fetch/request-limit.ts';

/** A lane's share of the current limits. @param lane from 0 */
export function shareOf({ limit, rate }: RequestLimits, lane: number, lanes: number): RequestLimits {
  return { limit: Math.floor((limit + lane) / lanes), rate: rate / lanes };
}
