import type { IndexLocation } from '@crates-mirror/crates-index';
import type { DownloaderOptions } from '@crates-mirror/downloader-options';
import type { ReasonCounts } from '@crates-mirror/selection/reason-counts';
import type { SelectionData } from '@crates-mirror/selection/selector';
import type { InputProblem } from '../plan/work.ts';
import type { Candidates, SampleOptions } from './sizing/sieve.ts';

/** What a surveyor's thread is started with. */
export interface SurveyStart {
  readonly options: DownloaderOptions;
  /** A ChecksumTable's memory. */
  readonly checksums: SharedArrayBuffer | undefined;
  /** Ids of the bundles whose members count as mirrored. */
  readonly held: readonly string[];
  /** Where the index is; undefined for a list. */
  readonly index: IndexLocation | undefined;
  /** What of an index file is mirrored. */
  readonly selection: SelectionData;
  /** Which crate files are sampled. */
  readonly sample: SampleOptions;
  /** What manifests tell of sizes. */
  readonly sizes: RecordedSizes;
  /** Whether to tell where the crate files belong that the index names. */
  readonly isNaming: boolean;
}

/** The same where no crate files are in place: the index. */
export interface CountStart {
  readonly index: IndexLocation;
  readonly selection: SelectionData;
  readonly cratesBaseUrl: string;
  readonly layout: string;
  readonly sample: SampleOptions;
  readonly sizes: RecordedSizes;
}

/**
 * Manifests are read only where sizes are missing. A first look tells which: it is `wanted`. Another one goes by what was found
 * in them, a SizeTable's memory.
 */
export type RecordedSizes = 'none' | 'wanted' | SharedArrayBuffer;

/** Where sizes of crate files to download are known from. */
export const SIZE_SOURCES = ['ledger', 'bundles', 'manifests', 'sidecars'] as const;
export type SizeSource = (typeof SIZE_SOURCES)[number];

/** What a run would do with crate files. */
export type Prospect = 'inPlace' | 'toBundle' | 'toHash' | 'toDownload';

/** Some crate files. */
export interface FileSum {
  count: number;
  bytes: number;
}

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
  /** Of those to download, the crate files whose size is known, by what tells it. */
  readonly known: Readonly<Record<SizeSource, FileSum>>;
}

/** What was found of a piece of work. */
export interface FromSurveyor {
  readonly survey: Survey;
  readonly problems: readonly InputProblem[];
  /** Of those to download, the ones that may be in the samples. */
  readonly candidates: Candidates;
  /** Versions of the index files by the rule of the selection that decided. */
  readonly reasons: ReasonCounts;
  /** Checksums of those whose size is not known, two words of each; where manifests may tell it. */
  readonly unknown: Uint32Array;
  /** Directories that loose files would need and that are not there, two words of each. */
  readonly directories: Uint32Array;
  /** Paths that the index names, two words of each, where they are wanted. */
  readonly named: Uint32Array;
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
    known: {
      ledger: { count: 0, bytes: 0 },
      bundles: { count: 0, bytes: 0 },
      manifests: { count: 0, bytes: 0 },
      sidecars: { count: 0, bytes: 0 },
    },
  };
}

export function addSurvey(sum: Survey, { known, ...more }: Survey): void {
  for (const key of Object.keys(more) as (keyof typeof more)[]) sum[key] += more[key];
  for (const source of SIZE_SOURCES) {
    sum.known[source].count += known[source].count;
    sum.known[source].bytes += known[source].bytes;
  }
}

/** All crate files to download whose size is known. */
export function knownSum({ known }: Survey): Readonly<FileSum> {
  const sum = { count: 0, bytes: 0 };
  for (const { count, bytes } of Object.values(known)) {
    sum.count += count;
    sum.bytes += bytes;
  }
  return sum;
}

/** Crate files looked at. */
export function surveyed({ inPlace, toBundle, toHash, toDownload }: Survey): number {
  return inPlace + toBundle + toHash + toDownload;
}
