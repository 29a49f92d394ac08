import { stat } from 'node:fs/promises';
import { errorCode, errorMessage } from '@crates-mirror/errors';
import { type Denylist, NOTHING_DENIED } from './denylist.ts';
import { loadDenyFile, readDenylist } from './load-denylist.ts';

/** How long the list is used without checking its file. */
const FRESH_MS = 1000;
/**
 * A file that changed more recently may be half-written: previous denials stay until it stays
 * unchanged for this long.
 */
const RACY_MS = 2000;

/** The current denials. */
export interface Denials {
  /** Returns the same object while nothing has changed; at most a second old. */
  current(): Promise<Denylist>;
}

/** A denylist that is reread when its file changes. On failure, previous denials stay in effect. */
export class DenyFile implements Denials {
  readonly #path: string;
  readonly #onNote: (message: string) => void;
  #current: Denylist;
  /** The denylist from the last time the file was unchanged for a while. */
  #stable: Denylist;
  #key: string;
  #lookedAt: number;
  #looking: Promise<void> | undefined;
  #lastFlaw: string | undefined;

  /**
   * @param onNote called when the file has changed or cannot be used.
   * @throws UsageError if it cannot be used now
   */
  static async open(path: string, onNote: (message: string) => void): Promise<DenyFile> {
    const key = await keyOf(path).catch(() => '');
    const list = await loadDenyFile(path);
    return new DenyFile(path, list, (await isStable(path)) ? key : '', onNote);
  }

  private constructor(path: string, list: Denylist, key: string, onNote: (message: string) => void) {
    this.#path = path;
    this.#onNote = onNote;
    this.#current = list;
    this.#stable = list;
    this.#key = key;
    this.#lookedAt = performance.now();
  }

  async current(): Promise<Denylist> {
    if (performance.now() - this.#lookedAt >= FRESH_MS) {
      this.#looking ??= this.#look().finally(() => {
        this.#looking = undefined;
      });
      await this.#looking;
    }
    return this.#current;
  }

  async #look(): Promise<void> {
    try {
      const key = await keyOf(this.#path);
      if (key === this.#key) return;
      const read = await readDenylist(this.#path);
      const isUnchanging = await isStable(this.#path);
      this.#take(isUnchanging ? read : this.#stable.with(read), isUnchanging);
      // A file that may still change must be read again, even if its state stays the same.
      this.#key = isUnchanging ? key : '';
      this.#lastFlaw = undefined;
    } catch (error) {
      this.#reportFlaw(error);
    } finally {
      this.#lookedAt = performance.now();
    }
  }

  #take(list: Denylist, isUnchanging: boolean): void {
    if (isUnchanging) this.#stable = list;
    if (isSame(list, this.#current)) return;
    this.#current = list;
    const count = distinct(list).length;
    this.#onNote(`--deny: ${this.#path} has changed: ${count} ${count === 1 ? 'rule' : 'rules'} now`);
  }

  #reportFlaw(error: unknown): void {
    const why = errorCode(error) === 'ENOENT' ? 'it is not there' : errorMessage(error);
    if (why === this.#lastFlaw) return;
    this.#lastFlaw = why;
    this.#onNote(
      `--deny: ${this.#path} cannot be used: ${why}. What it denied before stays denied until that is put right`,
    );
  }
}

/** Used if there is no denylist. */
export const NO_DENIALS: Denials = { current: async () => NOTHING_DENIED };

async function keyOf(path: string): Promise<string> {
  const { ino, size, mtimeMs, ctimeMs } = await stat(path).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return { ino: 0, size: 0, mtimeMs: 0, ctimeMs: 0 };
    throw error;
  });
  return `${ino}:${size}:${mtimeMs}:${ctimeMs}`;
}

/** Uses the ctime, because a copied file may keep an old mtime. */
async function isStable(path: string): Promise<boolean> {
  const { ctimeMs } = await stat(path);
  return Math.abs(Date.now() - ctimeMs) > RACY_MS;
}

function isSame(one: Denylist, other: Denylist): boolean {
  return JSON.stringify(distinct(one)) === JSON.stringify(distinct(other));
}

function distinct({ rules }: Denylist): readonly string[] {
  return [...new Set(rules.map((rule) => JSON.stringify(rule)))].sort();
}
