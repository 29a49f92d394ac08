import type { Logger } from '@crates-mirror/logging';
import type { UpdateParts } from '../index/current-index.ts';
import type { Executable } from './downloader-process.ts';
import type { MirrorState } from './state.ts';

/** What a run works with. */
export interface RunParts {
  readonly logger: Logger;
  /** Aborted when the run is to stop. */
  readonly requested: AbortSignal;
  /** Leaves signals to the downloader. */
  readonly stopListening: () => void;
  readonly update: UpdateParts;
  /** undefined with --index-only */
  readonly executable: Executable | undefined;
  /** undefined where there is none, and with --index-only */
  readonly state: MirrorState | undefined;
}

/** The same once its locks are taken. */
export interface LockedParts extends RunParts {
  /** Lets go of the lock that the downloader takes itself. */
  readonly leaveMirror: () => void;
}
