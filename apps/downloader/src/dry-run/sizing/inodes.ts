import type { BundleOptions } from '@crates-mirror/downloader-options';
import { knownSum } from '../protocol.ts';
import type { SurveyTally } from '../survey-tally.ts';

/** bytes, as `--bundle-size-gb` is by default */
const USUAL_BUNDLE = 8e9;
/** The archive and its manifest. */
const FILES_OF_BUNDLE = 2;

/** Files that the downloads would make. */
export interface Inodes {
  /** One for each crate file, without directories. */
  readonly loose: number;
  readonly bundled: number;
}

export function sizeLimitOf(bundle: BundleOptions | undefined): number {
  return bundle?.sizeLimit ?? USUAL_BUNDLE;
}

/** @returns undefined where nothing is to be downloaded, or nobody knows how large it is */
export function inodesOf(
  { survey, sizing, estimate }: SurveyTally,
  bundle: BundleOptions | undefined,
): Inodes | undefined {
  const { toDownload } = survey;
  const known = knownSum(survey).count;
  const bytes = sizing === undefined ? estimate : sizing.estimate?.bytes;
  if (bytes === undefined || toDownload === 0) return undefined;
  const missing =
    sizing === undefined || sizing.sizes.length === 0 ? 0 : sizing.missing / sizing.sizes.length;
  const loose = Math.round(known + (toDownload - known) * (1 - missing));
  return { loose, bundled: FILES_OF_BUNDLE * Math.ceil(bytes / sizeLimitOf(bundle)) };
}
