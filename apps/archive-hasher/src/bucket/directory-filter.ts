import type { BytePath } from '../byte-path.ts';
import type { IsLeftOut } from '../tree/walk.ts';

/**
 * Decides which objects are left out, by their own paths and by those of the directories that their
 * keys imply. Paths must come in the order of a walk; each one is decided once.
 */
export class DirectoryFilter {
  readonly #isLeftOut: IsLeftOut;
  /** The directories of the last path, each below the one before. */
  readonly #open: BytePath[] = [];
  /** The last of them, if it is left out. */
  #closed: BytePath | undefined;

  constructor(isLeftOut: IsLeftOut) {
    this.#isLeftOut = isLeftOut;
  }

  /**
   * Enters the directories of a path.
   *
   * @returns those that were not entered before; undefined if one of them is left out
   */
  enter(path: BytePath): readonly BytePath[] | undefined {
    while (this.#open.length > 0 && !path.startsWith(`${this.#open.at(-1)}/`))
      if (this.#open.pop() === this.#closed) this.#closed = undefined;
    const entered: BytePath[] = [];
    while (this.#closed === undefined) {
      const end = path.indexOf('/', (this.#open.at(-1)?.length ?? -1) + 1);
      if (end === -1) return entered;
      const directory = path.slice(0, end);
      this.#open.push(directory);
      if (this.#isLeftOut(directory)) this.#closed = directory;
      else entered.push(directory);
    }
    return undefined;
  }

  /** Whether the object of a path is left out, whose directories were entered. */
  leavesOut(path: BytePath): boolean {
    return this.#isLeftOut(path);
  }
}
