import type { DownloaderOptions } from '@crates-mirror/downloader-options';
import { HttpClient } from '@crates-mirror/http-client';
import { knownSum, type Survey } from '../protocol.ts';
import type { Candidate } from './candidate.ts';
import { estimateBytes, type Sizing } from './estimate.ts';
import { MAX_REQUESTS, SizeRequests } from './size-requests.ts';

/**
 * Requests the sizes of a sample from upstream.
 *
 * @returns the estimate for everything a run would download
 */
export async function sizeRun(
  candidates: readonly Candidate[],
  survey: Survey,
  seed: number,
  options: DownloaderOptions,
  signal: AbortSignal,
): Promise<Sizing> {
  const client = new HttpClient({
    userAgent: options.userAgent,
    connectTimeoutMs: options.connectTimeoutMs,
    idleTimeoutMs: options.idleTimeoutMs,
    attemptTimeoutMs: options.attemptTimeoutMs,
    maxConnections: Math.min(MAX_REQUESTS, options.maxConnections),
    ...(options.ca === undefined ? {} : { ca: options.ca }),
  });
  try {
    const requests = new SizeRequests({ client, backoff: options.backoff, signal });
    const sizes = await requests.ask(candidates);
    const known = knownSum(survey);
    const estimate = estimateBytes(sizes.sizes, survey.toDownload - known.count, known.bytes, seed);
    return { ...sizes, seed, estimate };
  } finally {
    await client.destroy();
  }
}
