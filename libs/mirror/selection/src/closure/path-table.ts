import { HashTable } from '@crates-mirror/hashing/hash-table';
import { hash64 } from '@crates-mirror/hashing/hash64';
import { Numbers } from './numbers.ts';

/**
 * Numbers index paths, from 0 on. Several hundred thousand paths, as strings and in a Map, would
 * take several times the memory.
 */
export class PathTable {
  /** The number of each path, by its hash. */
  readonly #numbers = new HashTable({ valueWords: 1 });
  /** The paths one after another. They are ASCII. */
  readonly #text = new Numbers((length) => new Uint8Array(length));
  readonly #ends = new Numbers((length) => new Uint32Array(length));

  /** The number of a path, which is added if it is new. */
  numberOf(path: string): number {
    const [a, b] = hash64(path);
    for (let at = this.#numbers.find(a, b); at !== -1; at = this.#numbers.next(at)) {
      const number = this.#numbers.words[at] as number;
      if (this.pathOf(number) === path) return number;
    }
    const number = this.#ends.length;
    for (let i = 0; i < path.length; i++) this.#text.push(path.charCodeAt(i));
    this.#ends.push(this.#text.length);
    const at = this.#numbers.append(a, b);
    this.#numbers.words[at] = number;
    return number;
  }

  pathOf(number: number): string {
    const start = number === 0 ? 0 : this.#ends.at(number - 1);
    return String.fromCharCode(...this.#text.view().subarray(start, this.#ends.at(number)));
  }
}
