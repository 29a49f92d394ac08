import type { CrateBody } from '../fetch/crate-body.ts';
import type { InPlace, Settlement, Target } from '../target.ts';
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

/** Where a lane's crate files go. */
export interface Destination {
  /** Whether no more should be fetched until what was placed is on disk. */
  readonly isBusy: boolean;
  /**
   * How the target ends if the mirror holds its file. What is held, but not where this run wants it, is marked by
   * `target.hasLooseCopy`. @throws StoreError
   */
  find(target: Target): Settlement | undefined;
  /** The loose copy of a target that has one, read and hashed; undefined when it is not what it was. */
  loadLooseCopy(target: Target): CrateBody | undefined;
  newBody(): CrateBody;
  /** Takes over a verified body. @param done called once, perhaps at once, when the file is there to stay */
  place(verified: Verified, done: (result: Settlement | StoreError) => void): void;
  /** Nothing more comes for now: what waits for company goes on its way. */
  handOver(): void;
  /** Writes down what was verified. Comes before the manifest records of the same files. @throws StoreError */
  flush(): void;
}
