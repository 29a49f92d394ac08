import { resolve } from 'node:path';
import type { DownloaderOptions } from '@crates-mirror/downloader-options';
import { errorMessage } from '@crates-mirror/errors';
import { mirrorHome } from '@crates-mirror/layout';
import type { Logger } from '@crates-mirror/logging';
import { encodeRecord } from '@crates-mirror/manifest/record';
import { UnchangedFile } from '@crates-mirror/manifest/unchanged-file';
import { fingerprintOf } from '@crates-mirror/selection/fingerprint';
import type { SelectionData } from '@crates-mirror/selection/selector';
import type { PieceUnchanged } from '../lane/scan/unchanged.ts';
import { isWholeIndex } from '../plan/whole-index.ts';
import type { Work } from '../plan/work.ts';

/**
 * The pieces that the last run found unchanged, for this run, and those that this run finds, for
 * the next.
 */
export class UnchangedPieces {
  readonly path: string;
  readonly #file: UnchangedFile;
  readonly #logger: Logger;
  #isUsable = true;

  private constructor(path: string, file: UnchangedFile, logger: Logger) {
    this.path = path;
    this.#file = file;
    this.#logger = logger;
  }

  /**
   * @returns undefined for a run that checks each crate file individually: in a bucket, with
   * bundles, with
   *   checksums from another source than the index, when all files are to be verified, when a
   *   minimum age is set, or over parts of an index
   */
  static open(
    options: DownloaderOptions,
    selection: SelectionData,
    logger: Logger,
  ): UnchangedPieces | undefined {
    const { source, out, bucket, bundle, checksums, verifyExisting } = options;
    // Versions can reach the minimum age without a change of the index.
    if (selection.rules.minAge !== undefined) return undefined;
    if (
      source.kind !== 'index' ||
      !isWholeIndex(options) ||
      bucket !== undefined ||
      bundle !== undefined ||
      checksums !== undefined ||
      verifyExisting
    )
      return undefined;
    const { unchangedFile, temporaryDirectory } = mirrorHome(resolve(out));
    const file = new UnchangedFile(unchangedFile, {
      temporaryDirectory,
      key: keyOf(options, source.directory, selection),
    });
    return new UnchangedPieces(unchangedFile, file, logger);
  }

  /** Adds the records about a piece of work to it. */
  attach(work: Work | undefined): Work | undefined {
    return work?.kind === 'index' ? { ...work, chunks: this.#file.chunksOf(work.files) } : work;
  }

  /** Records a piece for the next run. */
  note(piece: PieceUnchanged): void {
    this.#try(() => ('kept' in piece ? this.#file.keep(piece.kept) : this.#file.add(piece.added)));
  }

  /** @param isComplete whether the run completed; if not, the existing entries remain valid */
  close(isComplete: boolean): void {
    if (isComplete) this.#try(() => this.#file.commit());
    this.#file.close();
  }

  /** Errors are only logged: a run must not fail because it could not speed up the next one. */
  #try(operation: () => void): void {
    if (!this.#isUsable) return;
    try {
      operation();
    } catch (error) {
      this.#isUsable = false;
      this.#file.discard();
      this.#logger.warn(
        `cannot write ${this.path}: ${errorMessage(error)}. The next run takes longer for it`,
      );
    }
  }
}

/** Everything that the record of a file in place depends on, besides its line in the index. */
function keyOf(
  { cratesBaseUrl, layout }: DownloaderOptions,
  directory: string,
  selection: SelectionData,
): string {
  const form = encodeRecord({
    url: cratesBaseUrl,
    name: '',
    version: '',
    path: layout,
    storage: 'filesystem',
    bundle_path: null,
    bundle_file: null,
    bundle_member: null,
    size: 0,
    sha256: '',
    started_at: '',
    finished_at: '',
    status: 'existing',
    retries: 0,
    error: null,
  });
  return JSON.stringify([resolve(directory), fingerprintOf(selection), form]);
}
