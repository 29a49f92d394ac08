import type { RequestLimits } from '../lane/fetch/request-limit.ts';

/**
 * Connections to one origin at most, of all lanes together, where the limit of requests follows the line. HTTP/2 has 32 of them
 * for 2,048 requests, with 64 streams each, and more only where a server takes fewer streams. Over HTTP/1.1, where each
 * carries one request, these are as many as two cores have had from the first version on. Servers limit connections by client
 * address, which others may share.
 */
export const MAX_CONNECTIONS = 64;

/** A lane's share of what is in force. @param lane from 0 */
export function shareOf({ limit, rate }: RequestLimits, lane: number, lanes: number): RequestLimits {
  return { limit: Math.floor((limit + lane) / lanes), rate: rate / lanes };
}
