import type { DownloaderOptions } from '@crates-mirror/downloader-options';
import { HttpClient } from '@crates-mirror/http-client';
import type { Survey } from '../protocol.ts';
import type { Candidate } from './bottom-sample.ts';
import { estimateBytes, type Sizing } from './estimate.ts';
import { MAX_REQUESTS, SizeRequests } from './size-requests.ts';

/** Asks upstream for the sizes of a sample. @returns what they say of all that a run would download */
export async function sizeRun(
  candidates: readonly Candidate[],
  { toDownload, knownSizes, knownSizeBytes }: Survey,
  seed: number,
  options: DownloaderOptions,
  signal: AbortSignal,
): Promise<Sizing> {
  const client = new HttpClient({
    userAgent: options.userAgent,
    connectTimeoutMs: options.connectTimeoutMs,
    idleTimeoutMs: options.idleTimeoutMs,
    attemptTimeoutMs: options.attemptTimeoutMs,
    maxConnections: MAX_REQUESTS,
    ...(options.ca === undefined ? {} : { ca: options.ca }),
  });
  try {
    const requests = new SizeRequests({ client, backoff: options.backoff, signal });
    const sizes = await requests.ask(candidates);
    const estimate = estimateBytes(sizes.sizes, toDownload - knownSizes, knownSizeBytes, seed);
    return { ...sizes, seed, estimate };
  } finally {
    await client.destroy();
  }
}
