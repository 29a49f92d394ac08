import { type BytePath, comparePaths } from '../byte-path.ts';

/** Looks paths up in a sorted list that is read only once, and as far as it is asked for. */
export class SkippedPaths {
  readonly #paths: Iterator<BytePath>;
  #next: BytePath | undefined;
  #isBegun = false;

  /** @param paths in the order of a walk */
  constructor(paths: Iterator<BytePath>) {
    this.#paths = paths;
  }

  /** @param path not before that of an earlier call. @throws what reading the list throws */
  has(path: BytePath): boolean {
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
