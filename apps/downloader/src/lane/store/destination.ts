import type { BodyStore } from '../fetch/body-store.ts';
import type { CrateBody } from '../fetch/crate-body.ts';
import type { InPlace, SettledInPlace, Settlement, Target } from '../target.ts';
import type { FoundFile } from './crate-store.ts';
import type { StoreError } from './store-error.ts';

/** A verified body on its way into the mirror. */
export interface Verified {
  readonly target: Target;
  readonly body: CrateBody;
  /** lower-case hex */
  readonly sha256: string;
  /** How the target ends once it is in place. */
  readonly status: InPlace;
}

/** What the mirror has of a target's file. */
export interface Found {
  /** lower-case hex */
  readonly sha256: string;
  /** How the target ends; undefined where its loose file has yet to go into a bundle. */
  readonly settlement: SettledInPlace | undefined;
  /** Its verified loose file; undefined where only a bundle holds it. */
  readonly loose: FoundFile | undefined;
  /** Whether the loose file is to be removed, because a bundle holds the same. */
  readonly isToRemove: boolean;
}

/** Where a lane's crate files go. */
export interface Destination extends BodyStore {
  /** Whether no more should be fetched until what was placed is on disk. */
  readonly isBusy: boolean;
  /** Looks for a target's file. Changes nothing, so that it may be another lane's target. @throws StoreError */
  find(target: Target): Found | undefined;
  /**
   * Takes over what was found of this lane's own target: notes what was hashed, and removes a loose file that a bundle holds
   * as well, as long as that bundle is on disk.
   *
   * @returns how the target ends; undefined where its loose file has yet to go into a bundle
   * @throws StoreError
   */
  takeOver(target: Target, found: Found): SettledInPlace | undefined;
  /** The loose copy of a target that has one, read and hashed; undefined when it is not what it was. */
  loadLooseCopy(target: Target): CrateBody | undefined;
  /** Takes over a verified body. @param done called once, perhaps at once, when the file is there to stay */
  place(verified: Verified, done: (result: Settlement | StoreError) => void): void;
  /** Nothing more comes for now: what waits for company goes on its way. */
  handOver(): void;
  /** Writes down what was verified. Comes before the manifest records of the same files. @throws StoreError */
  flush(): void;
}
