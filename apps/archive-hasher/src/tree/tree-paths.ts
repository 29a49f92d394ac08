import { closeSync, constants, existsSync, openSync } from 'node:fs';
import { type BytePath, bytesOf, joinPath } from '../byte-path.ts';

/** Maximum bytes of a path on Linux: PATH_MAX without the terminating zero. */
const MAX_PATH = 4095;
/** Linux lists the open files of a process here. A path may continue from an open directory. */
const OPEN_FILES = '/proc/self/fd';
const FLAGS = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** An open directory, with its full path. */
interface Anchor {
  readonly path: BytePath;
  readonly fd: number;
}

/**
 * Paths below a root in a form that the system accepts, however deep they are. A path that is too
 * long starts from a directory along the way, which stays open meanwhile. Without `/proc`, the
 * system rejects such paths.
 */
export class TreePaths {
  readonly #root: BytePath;
  readonly #canAnchor: boolean = existsSync(OPEN_FILES);
  /** Each below the one before. */
  readonly #anchors: Anchor[] = [];

  constructor(root: BytePath) {
    this.#root = root;
  }

  /**
   * @param path relative to the root
   * @returns a path to the same file, valid until the next call
   * @throws the system's error
   */
  of(path: BytePath): BytePath {
    const full = joinPath(this.#root, path);
    return full.length <= MAX_PATH || !this.#canAnchor ? full : this.#anchored(full);
  }

  close(): void {
    for (const { fd } of this.#anchors.splice(0)) closeSync(fd);
  }

  #anchored(full: BytePath): BytePath {
    this.#leaveOthers(full);
    for (;;) {
      const { path, fd } = this.#anchors.at(-1) ?? {};
      const reach = path === undefined ? full : `${OPEN_FILES}/${fd}${full.slice(path.length)}`;
      if (reach.length <= MAX_PATH) return reach;
      const directory = reach.slice(0, reach.lastIndexOf('/', MAX_PATH));
      const left = reach.length - directory.length;
      this.#anchors.push({ path: full.slice(0, -left), fd: openSync(bytesOf(directory), FLAGS) });
    }
  }

  /** Closes directories that are not on the way to a path. */
  #leaveOthers(full: BytePath): void {
    for (let last = this.#anchors.at(-1); last !== undefined; last = this.#anchors.at(-1)) {
      if (full.startsWith(`${last.path}/`)) return;
      this.#anchors.pop();
      closeSync(last.fd);
    }
  }
}
