import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '@crates-mirror/fs-atomic';

/** Shards are dropped from memory beyond so many files, oldest first. */
const MOST_CACHED = 50_000;
/** A ledger file is rewritten once it is mostly history. */
const LEAST_HISTORY = 1024;

type Shard = Map<string, string>;

/**
 * What is known of files that were verified: path → size, mtime and SHA-256 at that moment, in one text file for each
 * index shard (`path TAB size TAB mtime in ms TAB sha256`, last line wins). It is a cache: losing any of it costs a
 * re-hash, never correctness. Lines are appended whole, so that several threads can write one file and a kill loses
 * only what was not flushed. The format's version is part of the directory's name, which the mirror's home decides.
 */
export class VerifiedLedger {
  readonly #directory: string;
  readonly #shards = new Map<string, Shard>();
  readonly #pending = new Map<string, string>();
  #cached = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The SHA-256 that the file at `path` had when it had just this size and mtime; undefined when none is known. */
  find(shard: string, path: string, size: number, mtimeMs: number): string | undefined {
    const known = this.#shard(shard).get(path);
    const expected = `${size}\t${mtimeMs}\t`;
    return known?.startsWith(expected) === true ? known.slice(expected.length) : undefined;
  }

  /** Remembers a verified file; on disk with the next {@link flush}. */
  remember(shard: string, path: string, size: number, mtimeMs: number, sha256: string): void {
    const value = `${size}\t${mtimeMs}\t${sha256}`;
    const cached = this.#shards.get(shard);
    if (cached !== undefined) this.#put(cached, path, value);
    this.#pending.set(shard, `${this.#pending.get(shard) ?? ''}${path}\t${value}\n`);
  }

  flush(): void {
    for (const [shard, lines] of this.#pending) appendFileSync(this.#file(shard), lines);
    this.#pending.clear();
  }

  #shard(name: string): Shard {
    const cached = this.#shards.get(name);
    if (cached !== undefined) return cached;
    const shard = this.#load(name);
    this.#shards.set(name, shard);
    for (const [oldest, content] of this.#shards) {
      if (this.#cached <= MOST_CACHED || oldest === name) break;
      this.#shards.delete(oldest);
      this.#cached -= content.size;
    }
    return shard;
  }

  #load(name: string): Shard {
    const shard: Shard = new Map();
    const text = readOrEmpty(this.#file(name));
    const lines = this.#parse(text, shard);
    const torn = text !== '' && !text.endsWith('\n');
    if (torn || lines > 2 * shard.size + LEAST_HISTORY) this.#rewrite(name, shard);
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

  #rewrite(name: string, shard: Shard): void {
    let text = '';
    for (const [path, value] of shard) text += `${path}\t${value}\n`;
    writeFileAtomic(this.#file(name), text);
  }

  #file(shard: string): string {
    return join(this.#directory, shard);
  }
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
