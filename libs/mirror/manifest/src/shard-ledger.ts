import { appendFileSync, closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '@crates-mirror/fs-atomic';
import { LedgerError } from './ledger-error.ts';
import { closeTornLine } from './writer.ts';

/** Maximum number of entries in memory. Beyond it, the oldest shards are dropped. */
const MAX_CACHED = 50_000;
/** A ledger file is rewritten once it consists mostly of superseded lines. */
const MIN_HISTORY = 1024;

/** The first directory of a crate's index path. */
export const SHARD = /^(?:[123]|[a-z][a-z0-9_-])$/;

type Shard = Map<string, string>;

/**
 * A map from paths to values, stored as one text file for each index shard (`path TAB value`, last
 * line wins). It is read one shard at a time, so that memory does not depend on its size. It is
 * meant for caches: lines are appended whole, so several threads can write to one file, and a kill
 * loses only unflushed lines. The format's version is part of the directory's name.
 */
export class ShardLedger {
  readonly #directory: string;
  readonly #isShared: boolean;
  readonly #shards = new Map<string, Shard>();
  readonly #pending = new Map<string, string>();
  /** Shards whose file has mostly superseded lines or ends in a torn line. */
  readonly #untidy = new Set<string>();
  #cached = 0;

  /**
   * @param options.isShared whether other threads append at the same time. No line may be lost, so
   * files are never rewritten, and {@link repairLedger} must be called beforehand to repair torn
   * lines.
   */
  constructor(directory: string, options: { readonly isShared: boolean } = { isShared: false }) {
    this.#directory = directory;
    this.#isShared = options.isShared;
  }

  /** The last value recorded for `path`. @throws LedgerError */
  get(shard: string, path: string): string | undefined {
    return this.#shard(shard).get(path);
  }

  /** Every path of a shard, with its last value. @throws LedgerError */
  entries(shard: string): Iterable<readonly [string, string]> {
    return this.#shard(shard);
  }

  /** Names of the shards that have entries. @throws LedgerError */
  shards(): readonly string[] {
    try {
      return readdirSync(this.#directory).filter((name) => SHARD.test(name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw LedgerError.cannotRead(this.#directory, this.#directory, error);
    }
  }

  /**
   * Records a value, which must not contain a newline. The next {@link flush} writes it to disk.
   */
  set(shard: string, path: string, value: string): void {
    this.learn(shard, path, value);
    this.#pending.set(shard, `${this.#pending.get(shard) ?? ''}${path}\t${value}\n`);
  }

  /**
   * Takes over a value written by another ledger of the same directory, in case its shard is
   * already in memory.
   */
  learn(shard: string, path: string, value: string): void {
    const cached = this.#shards.get(shard);
    if (cached !== undefined) this.#put(cached, path, value);
  }

  /**
   * Rewrites files that consist mostly of superseded lines, and appends the recorded values.
   * @throws LedgerError
   */
  flush(): void {
    this.#tidy();
    for (const [shard, lines] of this.#pending) this.#write(shard, (file) => appendFileSync(file, lines));
    this.#pending.clear();
  }

  #shard(name: string): Shard {
    const cached = this.#shards.get(name);
    if (cached !== undefined) return cached;
    const shard = this.#load(name);
    this.#shards.set(name, shard);
    for (const oldest of this.#shards.keys()) {
      if (this.#cached <= MAX_CACHED || oldest === name) break;
      this.#forget(oldest);
    }
    return shard;
  }

  #forget(name: string): void {
    this.#cached -= this.#shards.get(name)?.size ?? 0;
    this.#shards.delete(name);
  }

  #load(name: string): Shard {
    const shard: Shard = new Map();
    const text = readOrEmpty(this.#file(name), this.#directory);
    const lines = this.#parse(text, shard);
    const torn = text !== '' && !text.endsWith('\n');
    const isUntidy = torn || lines > 2 * shard.size + MIN_HISTORY;
    if (isUntidy && !this.#isShared) this.#untidy.add(name);
    this.#parse(this.#pending.get(name) ?? '', shard);
    return shard;
  }

  /** @returns the number of whole lines */
  #parse(text: string, shard: Shard): number {
    let lines = 0;
    for (let start = 0; start < text.length; ) {
      const end = text.indexOf('\n', start);
      if (end === -1) break;
      const tab = text.indexOf('\t', start);
      if (tab !== -1 && tab < end) this.#put(shard, text.slice(start, tab), text.slice(tab + 1, end));
      lines += 1;
      start = end + 1;
    }
    return lines;
  }

  #put(shard: Shard, path: string, value: string): void {
    const size = shard.size;
    shard.set(path, value);
    this.#cached += shard.size - size;
  }

  #tidy(): void {
    for (const name of this.#untidy) {
      // Read again, because another thread may have appended to it.
      this.#forget(name);
      let text = '';
      for (const [path, value] of this.#shard(name)) text += `${path}\t${value}\n`;
      this.#write(name, (file) => writeFileAtomic(file, text));
      this.#pending.delete(name);
    }
    this.#untidy.clear();
  }

  #write(shard: string, operation: (file: string) => void): void {
    const file = this.#file(shard);
    try {
      operation(file);
    } catch (error) {
      throw LedgerError.cannotWrite(file, error);
    }
  }

  #file(shard: string): string {
    return join(this.#directory, shard);
  }
}

/**
 * Terminates torn last lines in a ledger, so that the next lines do not continue them.
 * @throws LedgerError
 */
export function repairLedger(directory: string): void {
  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    try {
      repairFile(path);
    } catch (error) {
      throw LedgerError.cannotRead(path, directory, error);
    }
  }
}

function repairFile(path: string): void {
  const fd = openSync(path, 'a+');
  try {
    closeTornLine(fd);
  } finally {
    closeSync(fd);
  }
}

function readOrEmpty(path: string, directory: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw LedgerError.cannotRead(path, directory, error);
  }
}
