import { resolve } from 'node:path';
import type { OpenBucketMirror } from '@crates-mirror/bucket-writer';
import type { BundleOptions, DownloaderOptions } from '@crates-mirror/downloader-options';
import { CodedError, errorCode, errorMessage, writeHint } from '@crates-mirror/errors';
import type { ListenAddress } from '@crates-mirror/http-server';
import { mirrorHome, parseLayout } from '@crates-mirror/layout';
import type { Logger } from '@crates-mirror/logging';
import type { Bundling } from '../mirror/bundling.ts';
import type { Scrub } from '../plan/scrub/scrub.ts';
import type { Tally } from '../report/tally.ts';
import type { LearntSizes } from '../sizes/learnt-sizes.ts';
import type { Watch } from '../watch/watch.ts';
import type { RunWindow } from '../window/run-window.ts';
import type { followWindow } from './follow-window.ts';
import type { RetryList } from './retry-list.ts';

// Modules that only some runs need are loaded on demand, because each one adds half a millisecond
// to startup.

/**
 * The client of object stores is loaded for them alone.
 *
 * @throws UsageError @throws FatalError
 */
export async function openBucket(
  { bucket, layout, out, requireExisting, bundle, shard }: DownloaderOptions,
  logger: Logger,
): Promise<OpenBucketMirror | undefined> {
  if (bucket === undefined) return undefined;
  const { openBucketMirror } = await import('@crates-mirror/bucket-writer');
  const options = { option: '--out', cache: out, requireExisting, isBundled: bundle !== undefined, shard };
  return openBucketMirror(bucket, parseLayout(layout), options, logger);
}

export async function openWindow(...parameters: Parameters<typeof followWindow>): Promise<RunWindow> {
  const { followWindow } = await import('./follow-window.ts');
  return followWindow(...parameters);
}

export async function openWatch(
  address: ListenAddress,
  options: DownloaderOptions,
  tally: Tally,
): Promise<Watch> {
  const { Watch } = await import('../watch/watch.ts');
  return Watch.open(address, options, tally);
}

export async function openBundles(
  options: BundleOptions,
  verifyAll: boolean,
  cratesBaseUrl: string,
  scrub: Scrub | undefined,
  bucket: OpenBucketMirror | undefined,
  logger: Logger,
): Promise<Bundling> {
  const { Bundling } = await import('../mirror/bundling.ts');
  try {
    return await Bundling.open(
      options,
      { verifyAll, cratesBaseUrl, isToVerify: scrub && ((bundle) => scrub.isDue(bundle)) },
      logger,
      await bucket?.openBundles(options.directory),
    );
  } catch (error) {
    const { hint } = writeHint(error);
    // For a failed write, the system's own error does not name the path.
    if (hint === undefined || !(error instanceof Error && 'errno' in error)) throw error;
    throw new CodedError(
      errorCode(error),
      `--bundles-out: cannot write to ${options.directory}: ${errorMessage(error)}`,
      { hint, cause: error },
    );
  }
}

/** @throws the system's error */
export async function openSizes(out: string): Promise<LearntSizes> {
  const { LearntSizes } = await import('../sizes/learnt-sizes.ts');
  return new LearntSizes(mirrorHome(resolve(out)).sizesFile);
}

/** @throws UsageError */
export async function openRetryList(path: string | undefined): Promise<RetryList | undefined> {
  return path === undefined ? undefined : new (await import('./retry-list.ts')).RetryList(path);
}
