import type { IndexLocation } from '@crates-mirror/crates-index';
import type { DownloaderOptions } from '@crates-mirror/downloader-options';
import type { InputProblem } from '../plan/work.ts';
import type { Candidate } from './sizing/bottom-sample.ts';
import type { SampleOptions } from './sizing/sieve.ts';

/** What a surveyor's thread is started with. */
export interface SurveyStart {
  readonly options: DownloaderOptions;
  /** A ChecksumTable's memory. */
  readonly checksums: SharedArrayBuffer | undefined;
  /** Ids of the bundles whose members count as mirrored. */
  readonly held: readonly string[];
  /** Where the index is; undefined for a list. */
  readonly index: IndexLocation | undefined;
  /** Which crate files of unknown size are sampled. */
  readonly sample: SampleOptions;
}

/** The same where no crate files are in place: the index. */
export interface CountStart {
  readonly index: IndexLocation;
  readonly includeYanked: boolean;
  readonly cratesBaseUrl: string;
  readonly sample: SampleOptions;
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
  /** Of those to download, the crate files whose size a ledger knows. */
  knownSizes: number;
  /** bytes of these */
  knownSizeBytes: number;
}

/** What was found of a piece of work. */
export interface FromSurveyor {
  readonly survey: Survey;
  readonly problems: readonly InputProblem[];
  /** Of those to download, the ones that may be in the sample. */
  readonly candidates: readonly Candidate[];
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
    knownSizes: 0,
    knownSizeBytes: 0,
  };
}

export function addSurvey(sum: Survey, more: Survey): void {
  for (const key of Object.keys(sum) as (keyof Survey)[]) sum[key] += more[key];
}

/** Crate files looked at. */
export function surveyed({ inPlace, toBundle, toHash, toDownload }: Survey): number {
  return inPlace + toBundle + toHash + toDownload;
}
