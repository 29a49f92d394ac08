import { renameSync } from 'node:fs';
import { errorCode } from '@crates-mirror/errors';

/**
 * Windows returns these while another program has the file open: a virus scanner, an indexer, a
 * server.
 */
const IN_USE: ReadonlySet<string> = new Set(['EPERM', 'EACCES', 'EBUSY']);
/** ms, between attempts. Such programs close a file within moments. */
const PAUSES_MS: readonly number[] = [10, 20, 40, 80, 160, 320, 640];

/** Platform-dependent behavior, replaceable in tests. */
export interface RenameSystem {
  readonly platform: NodeJS.Platform;
  readonly rename: (from: string, to: string) => void;
  readonly pause: (ms: number) => void;
}

const SYSTEM: RenameSystem = { platform: process.platform, rename: renameSync, pause };

/**
 * Renames a file or directory. POSIX systems do so even if the file is open. Windows refuses, so
 * the rename is retried for a second.
 *
 * @throws the system's error
 */
export function rename(from: string, to: string, system: RenameSystem = SYSTEM): void {
  for (let attempt = 0; ; attempt += 1) {
    try {
      system.rename(from, to);
      return;
    } catch (error) {
      const ms = PAUSES_MS[attempt];
      if (ms === undefined || system.platform !== 'win32' || !IN_USE.has(errorCode(error))) throw error;
      system.pause(ms);
    }
  }
}

function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
