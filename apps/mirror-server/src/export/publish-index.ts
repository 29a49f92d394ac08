import { lstatSync, readdirSync, readFileSync, rmdirSync, rmSync, utimesSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { indexPath } from '@crates-mirror/crates-index';
import { errorCode } from '@crates-mirror/errors';
import { makeDirectories, rename, writeFileAtomic } from '@crates-mirror/fs-atomic';
import type { Site } from './site.ts';
import type { SiteIndex } from './site-target.ts';

/** The index files of a site, staged and then renamed into place. */
export class IndexPublisher implements SiteIndex {
  readonly #site: Site;

  constructor(site: Site) {
    this.#site = site;
  }

  read(path: string): Buffer | undefined {
    try {
      return readFileSync(join(this.#site.index, path));
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
      return undefined;
    }
  }

  isPublished(path: string, bytes: Buffer): boolean {
    return this.#published(path)?.equals(bytes) === true;
  }

  stage(path: string, bytes: Buffer): void {
    const staged = join(this.#site.stage, path);
    makeDirectories(dirname(staged));
    writeFileAtomic(staged, bytes, { temporaryDirectory: this.#site.temporaryDirectory });
  }

  replaceNow(path: string, bytes: Buffer): void {
    if (this.#published(path) === undefined) return;
    if (bytes.length === 0) {
      this.remove(path);
      return;
    }
    this.stage(path, bytes);
    this.#move(path);
  }

  remove(path: string): void {
    rmSync(join(this.#site.index, path), { force: true });
    removeEmptyDirectories(this.#site.index, path);
  }

  writeConfig(bytes: Buffer): void {
    const { index, temporaryDirectory } = this.#site;
    writeFileAtomic(join(index, 'config.json'), bytes, { temporaryDirectory });
  }

  publish(onPublished: () => void): void {
    for (const path of walk(this.#site.stage)) {
      this.#move(path);
      onPublished();
    }
  }

  /** Paths of published index files. Files with any other name were not written by the exporter. */
  *paths(): Generator<string> {
    for (const path of walk(this.#site.index)) if (indexPath(basename(path)) === path) yield path;
  }

  #published(path: string): Buffer | undefined {
    try {
      return readFileSync(join(this.#site.index, path));
    } catch {
      return undefined;
    }
  }

  #move(path: string): void {
    const from = join(this.#site.stage, path);
    const to = join(this.#site.index, path);
    makeDirectories(dirname(to));
    distinguish(from, to);
    rename(from, to);
  }
}

/**
 * Web servers derive ETags from the size and the whole seconds of the mtime, so a file must not
 * share both with its predecessor.
 */
function distinguish(from: string, to: string): void {
  const before = lstatSync(to, { throwIfNoEntry: false });
  if (before === undefined) return;
  const now = lstatSync(from);
  if (now.size !== before.size || Math.floor(now.mtimeMs / 1000) > Math.floor(before.mtimeMs / 1000)) return;
  const next = Math.floor(before.mtimeMs / 1000) + 1;
  utimesSync(from, next, next);
}

/**
 * Node replaces bytes that are not UTF-8 in a name with this character. A file cannot be opened by
 * such a name.
 */
const NO_UTF8 = '\ufffd';

/**
 * Files below a directory, as paths with `/`. Skips files whose name is not UTF-8, because the
 * exporter writes none.
 */
export function* walk(root: string, directory = ''): Generator<string> {
  for (const entry of readdirSync(join(root, directory), { withFileTypes: true })) {
    if (entry.name.includes(NO_UTF8)) continue;
    const path = directory === '' ? entry.name : `${directory}/${entry.name}`;
    if (entry.isDirectory()) yield* walk(root, path);
    else yield path;
  }
}

/** Removes the empty directories above a path, up to `root`. */
export function removeEmptyDirectories(root: string, path: string): void {
  for (let directory = dirname(path); directory !== '.'; directory = dirname(directory)) {
    try {
      rmdirSync(join(root, directory));
    } catch {
      return;
    }
  }
}
