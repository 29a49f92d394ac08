import { CodedError, describeError, errorCode, errorMessage, writeHint } from '@crates-mirror/errors';
import type { ManifestWriter } from '@crates-mirror/manifest/writer';
import type { RunEnd } from '../report/summary.ts';
import type { RunDeps } from './run-deps.ts';

/**
 * Completes the records of the run.
 *
 * @returns how the run ended, which includes a failure to do so
 */
export function closeRecords({ manifest, retryList, sizes, toolRun }: RunDeps, end: RunEnd): RunEnd {
  try {
    sizes?.close();
    closeManifest(manifest);
    retryList?.close(!end.interrupted && end.fatal === undefined);
    return end;
  } catch (error) {
    toolRun.logger.error(describeError(error));
    return { ...end, fatal: end.fatal ?? errorMessage(error) };
  }
}

/**
 * Stores the manifest of a run over a shard beside the mirror, if that is in an object store.
 *
 * @returns how the run ended, which includes a failure to do so
 */
export async function storeManifest({ bucket, manifest, toolRun }: RunDeps, end: RunEnd): Promise<RunEnd> {
  try {
    await bucket?.storeManifest(manifest.path);
    return end;
  } catch (error) {
    toolRun.logger.error(describeError(error));
    return { ...end, fatal: end.fatal ?? errorMessage(error) };
  }
}

function closeManifest(manifest: ManifestWriter): void {
  try {
    manifest.close();
  } catch (error) {
    throw cannotWrite(manifest, error);
  }
}

/** The error for a failed write to the manifest. */
export function cannotWrite({ path }: ManifestWriter, error: unknown): CodedError {
  return new CodedError(errorCode(error), `cannot write ${path}: ${errorMessage(error)}`, writeHint(error));
}
