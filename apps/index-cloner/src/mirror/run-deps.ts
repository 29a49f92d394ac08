import type { Logger } from '@crates-mirror/logging';
import type { UpdateDeps } from '../index/current-index.ts';
import type { Executable } from './downloader-process.ts';
import type { MirrorState } from './state.ts';

/** The resources of a run. */
export interface RunDeps {
  readonly logger: Logger;
  /** Aborted when the run should stop. */
  readonly requested: AbortSignal;
  /** Leaves signal handling to the downloader. */
  readonly stopListening: () => void;
  readonly update: UpdateDeps;
  /** Undefined with --index-only. */
  readonly executable: Executable | undefined;
  /** Undefined if there is none, and with --index-only. */
  readonly state: MirrorState | undefined;
}

/** The same, after the locks were taken. */
export interface LockedDeps extends RunDeps {
  /** Releases the lock that the downloader takes itself. */
  readonly leaveMirror: () => void;
}
