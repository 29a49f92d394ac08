import type { Shutdown } from '@crates-mirror/cli';
import type { Logger } from '@crates-mirror/logging';
import type { UpdateParts } from '../index/current-index.ts';
import type { Executable } from './downloader-process.ts';
import type { MirrorState } from './state.ts';

/** What a run works with. */
export interface RunParts {
  readonly logger: Logger;
  readonly shutdown: Shutdown;
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
