import type { LookupResult } from './lookup-result.ts';
import type { OpenCrateFile } from './open-crate-file.ts';
import type { PathState } from './path-state.ts';
import type { LoosePlace, WantedFile } from './place.ts';

/** Where the loose crate files of a mirror are: in a directory, or in an object store. */
export interface LooseSource {
  /**
   * Changes when files that were not found may have come, without a change of their directory's
   * state.
   */
  readonly additions: number;
  /** @throws CodedError if the mirror is gone or cannot be checked now */
  checkThere(): Promise<void>;
  /** @throws CodedError if it cannot be determined now whether the file is there */
  find(wanted: WantedFile): Promise<LookupResult>;
  /** Opens a file that was found. @throws CodedError if it has since been replaced or is gone */
  open(place: LoosePlace): Promise<OpenCrateFile>;
  /** The part of the mirror whose state covers all changes to a file. */
  directoryOf(wanted: WantedFile): string;
  stateOf(directory: string): Promise<PathState>;
}
