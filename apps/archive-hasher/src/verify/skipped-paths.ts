import { type BytePath, comparePaths } from '../byte-path.ts';

/** Looks up paths in a sorted list, which is read only once and only as far as needed. */
export class SkippedPaths {
  readonly #paths: Iterator<BytePath>;
  #next: BytePath | undefined;
  #isBegun = false;

  /** @param paths in the order of a walk */
  constructor(paths: Iterator<BytePath>) {
    this.#paths = paths;
  }

  /**
   * Moves on to a path.
   *
   * @param path must not sort before that of an earlier call
   * @returns whether the list has it
   * @throws errors from reading the list
   */
  advanceTo(path: BytePath): boolean {
    if (!this.#isBegun) this.#advance();
    this.#isBegun = true;
    while (this.#next !== undefined && comparePaths(this.#next, path) < 0) this.#advance();
    return this.#next === path;
  }

  #advance(): void {
    const { value, done } = this.#paths.next();
    this.#next = done === true ? undefined : value;
  }
}
