import type { SharedOptions } from '@crates-mirror/cli';
import type { AlgorithmName } from '@crates-mirror/hashing';
import type { S3Options } from '@crates-mirror/s3';
import type { S3Address } from '@crates-mirror/s3/address';

/** Objects instead of files. */
export interface BucketOptions {
  readonly address: S3Address;
  readonly s3: S3Options;
  /** Whether to read every byte, instead of taking the checksums that the store has. */
  readonly read: boolean;
}

/** Options of both commands. */
export interface CommonOptions extends SharedOptions {
  /** Maximum number of hashing threads. */
  readonly hashWorkers: number;
  /** Algorithms for digests of the whole directory. */
  readonly algorithms: readonly AlgorithmName[];
  readonly progress: boolean;
  /** undefined if `dir` is a directory */
  readonly bucket: BucketOptions | undefined;
}

/** The options of a run, fully validated. */
export interface HasherOptions extends CommonOptions {
  /** A directory, or `s3://bucket/prefix`. */
  readonly dir: string;
  /** Patterns to exclude, besides the state of the mirror's own tools. */
  readonly exclude: readonly string[];
  /** undefined: beside the directory */
  readonly outDir: string | undefined;
  /** undefined: the directory's name */
  readonly outPrefix: string | undefined;
  /** Whether to make an archive; undefined: yes, unless the directory contains only archives. */
  readonly tar: boolean | undefined;
  readonly compress: 'none' | 'zstd';
  /** zstd compression level. */
  readonly compressLevel: number;
  /** Whole seconds since 1970 that replace the mtime of every file. */
  readonly mtime: number | undefined;
  /** Path of an armored private key. */
  readonly gpgkey: string | undefined;
  /** Path of a file whose first line is the key's passphrase. */
  readonly passphraseFile: string | undefined;
  /** Stop at the first file that cannot be included unchanged. */
  readonly failFast: boolean;
}

export interface VerifyOptions extends CommonOptions {
  readonly inventory: string;
  /** undefined: the directory named in the inventory, beside the inventory */
  readonly dir: string | undefined;
}
