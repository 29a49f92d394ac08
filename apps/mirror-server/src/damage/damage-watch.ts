import type { Place, WantedFile } from '@crates-mirror/crate-files';
import type { SparseIndex } from '@crates-mirror/sparse-index';

const MIN_PAUSE_MS = 1000;
/** A pause lasts at least this many times as long as the check before it. */
const PAUSE_FACTOR = 20;

/**
 * Tracks the crate files named by the index of which only damaged copies exist, as found by
 * requests and counts. Checks them again until they are intact, or the index no longer names them.
 */
export class DamageWatch {
  readonly #report: (wanted: WantedFile, place: Place) => void;
  readonly #onChange: () => void;
  /** By crate, then by version and checksum. */
  readonly #damaged = new Map<string, ReadonlyMap<string, WantedFile>>();
  #index: Pick<SparseIndex, 'look'> | undefined;
  #count = 0;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  /**
   * @param tell called once for each damaged copy
   * @param onChange called when the set of damaged files has changed
   */
  constructor(tell: (wanted: WantedFile, place: Place) => void, onChange: () => void) {
    this.#report = tell;
    this.#onChange = onChange;
  }

  get count(): number {
    return this.#count;
  }

  /** SHA-256 of the damaged files, as in the index. */
  get checksums(): readonly string[] {
    return [...this.#damaged.values()].flatMap((files) => [...files.values()].map(({ sha256 }) => sha256));
  }

  readonly onDamage = (wanted: WantedFile, place: Place): void => {
    this.#report(wanted, place);
    // Another copy may be intact: the next check will show.
    this.#set(wanted.name, [...(this.#damaged.get(wanted.name)?.values() ?? []), wanted]);
  };

  /** @param index the index that names the watched files */
  start(index: Pick<SparseIndex, 'look'>): void {
    this.#index = index;
    this.#schedule(MIN_PAUSE_MS);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  /** Checks all versions of crates that may have damaged files. */
  async examine(names: Iterable<string>): Promise<void> {
    for (const name of new Set(names)) {
      if (this.#isClosed || this.#index === undefined) return;
      // If the check fails, the previous result stays.
      const files = await this.#index.look(name).catch(() => undefined);
      if (files === undefined) continue;
      const damaged = files.filter(({ result }) => result.kind === 'damaged').map(({ wanted }) => wanted);
      this.#set(name, damaged);
    }
  }

  #set(name: string, files: readonly WantedFile[]): void {
    const before = this.#damaged.get(name) ?? new Map();
    const now = new Map(files.map((wanted) => [keyOf(wanted), wanted]));
    if (now.size === before.size && [...now.keys()].every((key) => before.has(key))) return;
    this.#count += now.size - before.size;
    if (now.size === 0) this.#damaged.delete(name);
    else this.#damaged.set(name, now);
    this.#onChange();
    this.#schedule(MIN_PAUSE_MS);
  }

  #schedule(pause: number): void {
    if (this.#timer !== undefined || this.#isClosed || this.#index === undefined || this.#count === 0) return;
    this.#timer = setTimeout(() => void this.#lookAgain(), pause).unref();
  }

  async #lookAgain(): Promise<void> {
    const startedAt = performance.now();
    await this.examine([...this.#damaged.keys()]);
    this.#timer = undefined;
    this.#schedule(Math.max(MIN_PAUSE_MS, PAUSE_FACTOR * (performance.now() - startedAt)));
  }
}

function keyOf({ version, sha256 }: WantedFile): string {
  return `${version} ${sha256}`;
}
