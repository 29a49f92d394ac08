import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CATALOG_NAME } from '@crates-mirror/bundle/names';
import type { BundleOptions } from '@crates-mirror/downloader-options';
import { knownSum } from '../protocol.ts';
import type { SurveyTally } from '../survey-tally.ts';

/** In bytes; the default of `--bundle-size-gb`. */
const USUAL_BUNDLE = 8e9;
/** The archive, its manifest and its `.sha256`. */
const FILES_OF_BUNDLE = 3;

/**
 * Files and directories that the downloads would create, except those of the mirror's own
 * directory.
 */
export interface Inodes {
  readonly looseFiles: number;
  readonly looseDirectories: number;
  readonly bundled: number;
}

export function sizeLimitOf(bundle: BundleOptions | undefined): number {
  return bundle?.sizeLimit ?? USUAL_BUNDLE;
}

/** @returns undefined if there is nothing to download or the sizes are unknown */
export function inodesOf(tally: SurveyTally, bundle: BundleOptions | undefined): Inodes | undefined {
  const { survey, directories, sizing, toDownload } = tally;
  if (toDownload === undefined || survey.toDownload === 0) return undefined;
  const known = knownSum(survey).count;
  const missing =
    sizing === undefined || sizing.sizes.length === 0 ? 0 : sizing.missing / sizing.sizes.length;
  const looseFiles = Math.round(known + (survey.toDownload - known) * (1 - missing));
  const bundles = Math.ceil(toDownload.bytes / sizeLimitOf(bundle));
  const catalog = bundle !== undefined && existsSync(join(bundle.directory, CATALOG_NAME)) ? 0 : 1;
  return { looseFiles, looseDirectories: directories, bundled: FILES_OF_BUNDLE * bundles + catalog };
}
