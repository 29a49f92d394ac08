import type { BodyStore } from '../fetch/body-store.ts';
import type { CrateBody } from '../fetch/crate-body.ts';
import type { InPlace, Outcome, OutcomeInPlace, Target } from '../target.ts';
import type { FoundFile } from './crate-store.ts';
import type { StoreError } from './store-error.ts';

/** A verified body to be stored in the mirror. */
export interface Verified {
  readonly target: Target;
  readonly body: CrateBody;
  /** Lower-case hex. */
  readonly sha256: string;
  /** The target's outcome once the body is in place. */
  readonly status: InPlace;
}

/** What the mirror already has for a target. */
export interface Found {
  /** Lower-case hex. */
  readonly sha256: string;
  /** How the target ends; undefined if its loose file still has to be added to a bundle. */
  readonly outcome: OutcomeInPlace | undefined;
  /** Its verified loose file; undefined if only a bundle holds it. */
  readonly loose: FoundFile | undefined;
  /** Whether to remove the loose file, because a bundle holds the same content. */
  readonly isToRemove: boolean;
}

/** Where a lane stores crate files. */
export interface Destination extends BodyStore {
  /** Whether to pause fetching until the placed files are on disk. */
  readonly isBusy: boolean;
  /**
   * Finds a target's file. Changes nothing, so the target may belong to another lane.
   *
   * @throws StoreError
   */
  find(target: Target): Found | undefined;
  /**
   * Takes over a file that was found for one of this lane's own targets. Records its hash, and
   * removes a loose file that a bundle also holds, provided that the bundle is on disk.
   *
   * @returns how the target ends; undefined if its loose file still has to be added to a bundle
   * @throws StoreError
   */
  takeOver(target: Target, found: Found): OutcomeInPlace | undefined;
  /** Reads and hashes a target's loose copy; undefined if it no longer matches its checksum. */
  loadLooseCopy(target: Target): CrateBody | undefined;
  /**
   * Stores a verified body.
   *
   * @param done called once, possibly synchronously, when the file is durable
   */
  place(verified: Verified, done: (result: Outcome | StoreError) => void): void;
  /** Called when no more files follow for now. Incomplete groups are sent on their way. */
  handOver(): void;
  /**
   * Writes the records of verified files. Must be called before the manifest records of the same
   * files.
   *
   * @throws StoreError
   */
  flush(): void;
}
