import type { IndexFileState, IndexLocation, IndexName, IndexSource } from '@crates-mirror/crates-index';

/** An index that keeps the most recently read file, so that its bytes are not read twice. */
export class LastRead implements IndexSource {
  readonly #source: IndexSource;
  #path = '';
  #bytes: Buffer | undefined;

  constructor(source: IndexSource) {
    this.#source = source;
  }

  /** Path and bytes of the most recently read file; undefined if it could not be read. */
  get file(): { readonly path: string; readonly bytes: Buffer } | undefined {
    return this.#bytes && { path: this.#path, bytes: this.#bytes };
  }

  get location(): IndexLocation {
    return this.#source.location;
  }

  read(path: string, look?: (state: IndexFileState) => void): Buffer {
    this.#bytes = undefined;
    this.#bytes = this.#source.read(path, look);
    this.#path = path;
    return this.#bytes;
  }

  list(directory: string): readonly IndexName[] {
    return this.#source.list(directory);
  }

  stateOf(path: string): IndexFileState | undefined {
    return this.#source.stateOf(path);
  }

  lacks(path: string): boolean {
    return this.#source.lacks(path);
  }

  isStillThere(): boolean {
    return this.#source.isStillThere();
  }

  whyUnusable(path: string): string | undefined {
    return this.#source.whyUnusable(path);
  }
}
