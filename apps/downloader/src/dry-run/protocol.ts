import type { IndexLocation } from '@crates-mirror/crates-index';
import type { DownloaderOptions } from '@crates-mirror/downloader-options';
import type { ReasonCounts } from '@crates-mirror/selection/reason-counts';
import type { SelectionData } from '@crates-mirror/selection/selector';
import type { InputProblem } from '../plan/work.ts';
import { SIZE_SOURCES, type SizeSource } from '../sizes/size-source.ts';
import type { Candidates, SampleOptions } from './sizing/sieve.ts';

/** The start parameters of a surveyor's thread. */
export interface SurveyStart {
  readonly options: DownloaderOptions;
  /** The memory of a ChecksumTable. */
  readonly checksums: SharedArrayBuffer | undefined;
  /** Of a mirror in a bucket: the memory of an ObjectTable with its crate files. */
  readonly stored: SharedArrayBuffer | undefined;
  /** Ids of the bundles whose members count as mirrored. */
  readonly held: readonly string[];
  /** Location of the index; undefined for a list. */
  readonly index: IndexLocation | undefined;
  /** The selection that applies to index files. */
  readonly selection: SelectionData;
  /** Which crate files are sampled. */
  readonly sample: SampleOptions;
  /** The sizes found in manifests. */
  readonly sizes: RecordedSizes;
  /** Whether to report the paths of the crate files that the index names. */
  readonly isNaming: boolean;
}

/** The start parameters if no crate files are in place, for an index. */
export interface CountStart {
  readonly index: IndexLocation;
  readonly selection: SelectionData;
  readonly cratesBaseUrl: string;
  readonly layout: string;
  readonly sample: SampleOptions;
  readonly sizes: RecordedSizes;
}

/**
 * Manifests are read only if sizes are missing. The first survey, with `wanted`, determines which
 * are. A second survey uses the sizes found in manifests, as the memory of a SizeTable.
 */
export type RecordedSizes = 'none' | 'wanted' | SharedArrayBuffer;

/** What a run would do with a crate file. */
export type Prospect = 'inPlace' | 'toBundle' | 'toHash' | 'toDownload';

/** Number and size of some crate files. */
export interface FileSum {
  count: number;
  bytes: number;
}

/** Number of crate files by prospect. */
export interface Survey extends Record<Prospect, number> {
  /** Bytes of the files in place. */
  bytes: number;
  /** Bytes of verified loose files that no bundle holds yet. */
  toBundleBytes: number;
  /** Loose files whose content is also in a bundle, in a run that moves files into bundles. */
  leftOver: number;
  /** Bytes of these files. */
  leftOverBytes: number;
  /** The crate files to download whose size is known, by the source of the size. */
  readonly known: Readonly<Record<SizeSource, FileSum>>;
}

/** The result for a piece of work. */
export interface FromSurveyor {
  readonly survey: Survey;
  readonly problems: readonly InputProblem[];
  /** The crate files to download that may be in the samples. */
  readonly candidates: Candidates;
  /** Number of versions in the index files, by the rule of the selection that decided. */
  readonly reasons: ReasonCounts;
  /**
   * Checksums of the crate files of unknown size, two words for each, if manifests may contain the
   * size.
   */
  readonly unknown: Uint32Array;
  /** Missing directories that loose files need, two words for each. */
  readonly directories: Uint32Array;
  /** Paths that the index names, two words for each, if they are wanted. */
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

/** The number of crate files surveyed. */
export function surveyed({ inPlace, toBundle, toHash, toDownload }: Survey): number {
  return inPlace + toBundle + toHash + toDownload;
}
