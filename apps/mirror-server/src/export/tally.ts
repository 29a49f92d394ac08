import { type LostBundles, NOTHING_LOST } from '@crates-mirror/crate-files';
import type { ProgressSnapshot } from '@crates-mirror/progress';
import type { MissingReason } from './missing-reasons.ts';

/** Crate files that the mirror should hold and does not, and how many of them the site has whole. */
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
  /** Entries whose crate file the mirror does not hold, and did not lose either as far as anybody knows: why not. */
  readonly missingFor = new Map<MissingReason, number>();
  /** Entries whose crate file was in a bundle that is lost, and is nowhere else in the mirror. */
  lost = 0;
  /** Of these, those that the site has from before. */
  kept = 0;
  /** On disk in the mirror, and not what the index promises. */
  readonly damaged: Flawed = { files: 0, kept: 0 };
  /** Verified by the mirror once, and there no more. */
  readonly gone: Flawed = { files: 0, kept: 0 };
  /** Put back into the mirror. */
  repaired = 0;
  lostBundles: LostBundles = NOTHING_LOST;
  /** bytes of all crate files of the site */
  bytes = 0;
  bytesWritten = 0;
  /** New or changed. */
  indexFiles = 0;
  indexFilesRemoved = 0;
  /** `config.json` is another one than before: clients reach the site by another URL. */
  isConfigChanged = false;
  /** Crate files of versions that the index no longer names, or names with another checksum. */
  withdrawn = 0;
  withdrawnRemoved = 0;
  /** Entries that the denylist leaves out. */
  denied = 0;
  /** Crate files of denied versions that the site had. */
  deniedRemoved = 0;
  /** Crate files that no entry names. */
  orphans = 0;
  isPruned = false;
  problems = 0;
  /** Files and directories of index and mirror that could not be looked at: nobody knows what they have. */
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

  /** Whether the mirror does not hold what it held once, or may not. */
  get isLosing(): boolean {
    return this.lost > 0 || this.mayBeLost > 0;
  }

  /** Whether the mirror has crate files that are damaged, or has lost some. */
  get isDamaged(): boolean {
    return this.damaged.files + this.gone.files > 0;
  }

  /** Whether all that the site is to have is known, and is there: only then may what else it has be removed. */
  get isSure(): boolean {
    return !this.isLosing && !this.isDamaged && this.repaired + this.failed + this.unread === 0;
  }

  /** Crate files of lost bundles that nobody knows any more; none where the mirror holds all that the index names. */
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
