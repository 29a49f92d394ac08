import type { IndexLocation } from '@crates-mirror/crates-index';
import type { DownloaderOptions } from '@crates-mirror/downloader-options';
import type { InputProblem } from '../plan/work.ts';

/** What a surveyor's thread is started with. */
export interface SurveyStart {
  readonly options: DownloaderOptions;
  /** A ChecksumTable's memory. */
  readonly checksums: SharedArrayBuffer | undefined;
  /** Ids of the bundles whose members count as mirrored. */
  readonly held: readonly string[];
  /** Where the index is; undefined for a list. */
  readonly index: IndexLocation | undefined;
}

/** The same where no crate files are in place: the index. */
export interface CountStart {
  readonly index: IndexLocation;
  readonly includeYanked: boolean;
}

/** What a run would do with crate files. */
export type Prospect = 'inPlace' | 'toBundle' | 'toHash' | 'toDownload';

/** Crate files by prospect. */
export interface Survey extends Record<Prospect, number> {
  /** bytes of those in place */
  bytes: number;
  /** bytes of verified loose files that no bundle holds yet */
  toBundleBytes: number;
  /** Loose files of which bundles hold the same, in a run that moves them. */
  leftOver: number;
  /** bytes of these */
  leftOverBytes: number;
}

/** What was found of a piece of work. */
export interface FromSurveyor {
  readonly survey: Survey;
  readonly problems: readonly InputProblem[];
}

export function noSurvey(): Survey {
  return {
    inPlace: 0,
    toBundle: 0,
    toHash: 0,
    toDownload: 0,
    bytes: 0,
    toBundleBytes: 0,
    leftOver: 0,
    leftOverBytes: 0,
  };
}

export function addSurvey(sum: Survey, more: Survey): void {
  for (const key of Object.keys(sum) as (keyof Survey)[]) sum[key] += more[key];
}

/** Crate files looked at. */
export function surveyed({ inPlace, toBundle, toHash, toDownload }: Survey): number {
  return inPlace + toBundle + toHash + toDownload;
}
