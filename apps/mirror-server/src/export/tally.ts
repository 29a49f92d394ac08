import { type LostBundles, NOTHING_LOST } from '@crates-mirror/crate-files';
import type { ProgressSnapshot } from '@crates-mirror/progress';
import type { MissingReason } from './missing-reasons.ts';

/**
 * Crate files that the mirror should hold but does not, and how many of them are intact in the
 * site.
 */
export interface Flawed {
  files: number;
  kept: number;
}

/** What an export has done so far. */
export class Tally {
  crates = 0;
  /** Crate files. */
  placed = 0;
  unchanged = 0;
  failed = 0;
  /**
   * Number of entries by reason, for crate files that the mirror does not hold and is not known to
   * have lost.
   */
  readonly missingFor = new Map<MissingReason, number>();
  /** Entries whose crate file was in a lost bundle, and is nowhere else in the mirror. */
  lost = 0;
  /** The lost entries whose crate file the site still has. */
  kept = 0;
  /** On disk in the mirror, but not as the index specifies. */
  readonly damaged: Flawed = { files: 0, kept: 0 };
  /** Once verified by the mirror, but no longer there. */
  readonly gone: Flawed = { files: 0, kept: 0 };
  /** Restored in the mirror. */
  repaired = 0;
  lostBundles: LostBundles = NOTHING_LOST;
  /** Bytes of all crate files in the site. */
  bytes = 0;
  bytesWritten = 0;
  /** New or changed. */
  indexFiles = 0;
  indexFilesRemoved = 0;
  /** Whether `config.json` has changed, so that clients reach the site by another URL. */
  isConfigChanged = false;
  /** Crate files of versions that the index no longer names, or names with another checksum. */
  withdrawn = 0;
  withdrawnRemoved = 0;
  /** Entries that the denylist excludes. */
  denied = 0;
  /** Crate files of denied versions that were removed from the site. */
  deniedRemoved = 0;
  /** Crate files that no entry names. */
  orphans = 0;
  isPruned = false;
  problems = 0;
  /**
   * Files and directories of index and mirror that could not be read, so that their content is
   * unknown.
   */
  unread = 0;
  readonly #startedAt = performance.now();

  /** ms */
  get elapsed(): number {
    return performance.now() - this.#startedAt;
  }

  get missing(): number {
    return [...this.missingFor.values()].reduce((sum, count) => sum + count, 0);
  }

  get versions(): number {
    return this.placed + this.unchanged;
  }

  /** Whether the mirror has lost crate files, or may have. */
  get isLosing(): boolean {
    return this.lost > 0 || this.mayBeLost > 0;
  }

  /** Whether the mirror has damaged crate files, or has lost some. */
  get isDamaged(): boolean {
    return this.damaged.files + this.gone.files > 0;
  }

  /**
   * Whether the intended content of the site is known and complete. Only then may other files be
   * removed.
   */
  get isSure(): boolean {
    return !this.isLosing && !this.isDamaged && this.repaired + this.failed + this.unread === 0;
  }

  /**
   * Crate files of lost bundles that cannot be identified. Zero if the mirror holds everything that
   * the index names.
   */
  get mayBeLost(): number {
    const members = this.lostBundles.unknown.reduce((sum, bundle) => sum + bundle.members, 0);
    return this.missing + this.lost === 0 ? 0 : members;
  }

  snapshot(): ProgressSnapshot {
    const { versions, failed, bytes } = this;
    return {
      processed: versions + failed,
      total: undefined,
      totalIsExact: false,
      ok: versions,
      errors: failed,
      retries: undefined,
      bytes,
    };
  }
}
