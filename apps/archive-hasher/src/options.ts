import type { SharedOptions } from '@crates-mirror/cli';
import type { AlgorithmName } from '@crates-mirror/hashing';

/** What both commands are told. */
export interface CommonOptions extends SharedOptions {
  /** Threads that hash, at most. */
  readonly hashWorkers: number;
  /** Digests of the whole directory. */
  readonly algorithms: readonly AlgorithmName[];
  readonly progress: boolean;
}

/** What a run is told, fully validated. */
export interface HasherOptions extends CommonOptions {
  readonly dir: string;
  /** Patterns of what is left out, beside what the mirror's own tools keep there. */
  readonly exclude: readonly string[];
  /** undefined: beside the directory */
  readonly outDir: string | undefined;
  /** undefined: the directory's name */
  readonly outPrefix: string | undefined;
  /** Whether to make an archive; undefined: unless there is nothing but archives. */
  readonly tar: boolean | undefined;
  readonly compress: 'none' | 'zstd';
  /** zstd's level. */
  readonly compressLevel: number;
  /** Whole seconds since 1970 that stand for every file's own mtime. */
  readonly mtime: number | undefined;
  /** Armored private key. */
  readonly gpgkey: string | undefined;
  /** Its first line is the key's passphrase. */
  readonly passphraseFile: string | undefined;
  /** End at the first file that cannot be taken in as it is. */
  readonly failFast: boolean;
}

export interface VerifyOptions extends CommonOptions {
  readonly inventory: string;
  /** undefined: the directory of the inventory's name, beside the inventory */
  readonly dir: string | undefined;
}
