import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '@crates-mirror/errors';
import { HOME_DIRECTORY, type HomeHolder, heldMirror, homeHolder } from '@crates-mirror/layout';

/**
 * Detects whether another tool works on a directory while it is read. It takes no lock itself,
 * because that is impossible on read-only media.
 */
export class MirrorWatch {
  readonly #root: string;
  readonly #holder: HomeHolder | undefined;
  readonly #before: bigint | undefined;

  constructor(root: string) {
    this.#root = root;
    this.#before = homeTime(root);
    this.#holder = homeHolder(root);
  }

  /**
   * Rejects a mirror that is being written. A mirror on a read-only file system is accepted: a
   * snapshot, for instance, may contain the lock of a run that continues elsewhere, and nobody
   * could remove it.
   *
   * @throws UsageError
   */
  refuseBusy(): void {
    if (this.#holder !== undefined && !isReadOnly(this.#root)) throw heldMirror(this.#root, this.#holder);
  }

  /** Describes the holder of its lock in one line. */
  get busy(): string | undefined {
    return this.#holder === undefined ? undefined : heldMirror(this.#root, this.#holder).message;
  }

  /**
   * Whether another tool has started or finished working on it since. A mirror's own directory
   * changes whenever a lock is created or removed.
   */
  get isDisturbed(): boolean {
    return homeTime(this.#root) !== this.#before;
  }
}

/** @returns ns since 1970; undefined if there is no such directory */
function homeTime(root: string): bigint | undefined {
  try {
    return statSync(join(root, HOME_DIRECTORY), { bigint: true }).mtimeNs;
  } catch {
    return undefined;
  }
}

function isReadOnly(root: string): boolean {
  try {
    accessSync(root, constants.W_OK);
    return false;
  } catch (error) {
    return errorCode(error) === 'EROFS';
  }
}
