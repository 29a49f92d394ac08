import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '@crates-mirror/errors';
import { HOME_DIRECTORY, type HomeHolder, heldMirror, homeHolder } from '@crates-mirror/layout';

/** Knows whether another tool works on a directory while it is read. It takes no lock: read-only media have none to take. */
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
   * Refuses a mirror that is being written. One on a read-only file system, a snapshot for instance, may hold the lock of
   * a run that goes on elsewhere, and nobody could remove it.
   *
   * @throws UsageError
   */
  refuseBusy(): void {
    if (this.#holder !== undefined && !isReadOnly(this.#root)) throw heldMirror(this.#root, this.#holder);
  }

  /** Who holds a lock of it, in one line. */
  get busy(): string | undefined {
    return this.#holder === undefined ? undefined : heldMirror(this.#root, this.#holder).message;
  }

  /** Whether a tool has begun or ended work on it since: locks come and go in a mirror's own directory. */
  get isDisturbed(): boolean {
    return homeTime(this.#root) !== this.#before;
  }
}

/** ns since 1970; undefined where there is no such directory */
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
