import { existsSync } from 'node:fs';
import { type Entry, indexPath } from '@crates-mirror/crates-index';
import { AtomicFile } from '@crates-mirror/fs-atomic';
import { readLines } from '@crates-mirror/lines';
import { entryKey } from '../index/entries-before.ts';

/** Bytes. As for the state of an index. */
const MAX_LINE = 8 << 20;
const FLUSH_AT = 1 << 16;

/**
 * The versions that the policy kept out of a parcel and of those before it: `path TAB keys`, one
 * index file a line. The receiver does not have them.
 */
export class RefusedBefore {
  readonly #keys = new Map<string, string>();

  /** @param file a missing file is treated as an empty list */
  constructor(file: string | undefined) {
    if (file === undefined || !existsSync(file)) return;
    for (const { text } of readLines(file, MAX_LINE)) {
      const [path = '', keys = ''] = text.split('\t');
      this.#keys.set(path, keys);
    }
  }

  /** Index files of crates with refused versions. */
  get paths(): Iterable<string> {
    return this.#keys.keys();
  }

  /** @returns whether an entry of the file was refused */
  of(path: string): (entry: Pick<Entry, 'version' | 'cksum'>) => boolean {
    const keys = this.#keys.get(path);
    if (keys === undefined) return () => false;
    const known = new Set(keys.split(' '));
    return (entry) => known.has(entryKey(entry));
  }
}

/** Writes the list for the next parcel. */
export class RefusedWriter {
  readonly #path: string;
  #file: AtomicFile | undefined;
  #text = '';

  constructor(path: string) {
    this.#path = path;
  }

  /** Adds all refused entries of a crate. */
  add(entries: readonly Entry[]): void {
    const [first] = entries;
    if (first === undefined) return;
    this.#text += `${indexPath(first.name)}\t${entries.map(entryKey).join(' ')}\n`;
    if (this.#text.length > FLUSH_AT) this.#flush();
  }

  /** @returns the path of the list; undefined if nothing was refused */
  finish(): string | undefined {
    if (this.#text !== '') this.#flush();
    if (this.#file === undefined) return undefined;
    this.#file.sync();
    this.#file.commit(this.#path);
    return this.#path;
  }

  discard(): void {
    this.#file?.discard();
  }

  #flush(): void {
    this.#file ??= new AtomicFile({ temporaryPath: `${this.#path}.partial` });
    this.#file.write(Buffer.from(this.#text));
    this.#text = '';
  }
}
