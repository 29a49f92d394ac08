import { closeSync, constants, existsSync, openSync } from 'node:fs';
import { type BytePath, bytesOf, joinPath } from '../byte-path.ts';

/** Bytes of the longest path that Linux takes: PATH_MAX, less the zero at its end. */
const LONGEST = 4095;
/** Where Linux has the files that a process has open. A path may go on from a directory there. */
const OPEN_FILES = '/proc/self/fd';
const FLAGS = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** A directory that is open, by its full path. */
interface Anchor {
  readonly path: BytePath;
  readonly fd: number;
}

/**
 * The paths below a root as the system takes them, however deep they are: one that is too long for it goes on from a
 * directory on the way, which is open meanwhile. Where there is no `/proc`, the system refuses it.
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
   * @param path below the root
   * @returns what leads there until this is asked for another path. @throws the system's error
   */
  of(path: BytePath): BytePath {
    const full = joinPath(this.#root, path);
    return full.length <= LONGEST || !this.#canAnchor ? full : this.#anchored(full);
  }

  close(): void {
    for (const { fd } of this.#anchors.splice(0)) closeSync(fd);
  }

  #anchored(full: BytePath): BytePath {
    this.#leaveOthers(full);
    for (;;) {
      const { path, fd } = this.#anchors.at(-1) ?? {};
      const reach = path === undefined ? full : `${OPEN_FILES}/${fd}${full.slice(path.length)}`;
      if (reach.length <= LONGEST) return reach;
      const directory = reach.slice(0, reach.lastIndexOf('/', LONGEST));
      const left = reach.length - directory.length;
      this.#anchors.push({ path: full.slice(0, -left), fd: openSync(bytesOf(directory), FLAGS) });
    }
  }

  /** Closes what is not on the way to a path. */
  #leaveOthers(full: BytePath): void {
    for (let last = this.#anchors.at(-1); last !== undefined; last = this.#anchors.at(-1)) {
      if (full.startsWith(`${last.path}/`)) return;
      this.#anchors.pop();
      closeSync(last.fd);
    }
  }
}
