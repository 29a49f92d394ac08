import { readFileSync, type Stats, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { AtomicFile, temporaryName, writeFileAtomic } from '@crates-mirror/fs-atomic';

/**
 * For at least this many received bytes, requesting only the rest of a body saves more than it
 * costs.
 */
export const MIN_PARTIAL = 1 << 20;
const FORMAT_VERSION = 1;
const DATA = /^([0-9a-f]{64})\.partial$/;

/** Metadata of a partially received body, needed for another attempt to resume it. */
export interface PartialFacts {
  readonly url: string;
  /** Checksum of the whole file according to the index, in lower-case hex. */
  readonly sha256: string;
  /** A strong validator: an ETag, otherwise a Last-Modified. */
  readonly validator: string;
  /** Of the whole file, in bytes. */
  readonly length: number;
}

/** `SHA256.partial`: the beginning of a body from an earlier run. */
export function keptName(sha256: string): string {
  return `${sha256}.partial`;
}

/** The checksum in the name of such a file; undefined for any other file. */
export function keptSha256(name: string): string | undefined {
  return DATA.exec(name)?.[1];
}

export function sidecarOf(path: string): string {
  return `${path}.json`;
}

/**
 * Reads the metadata in a sidecar; undefined if there is none, or it is truncated or of another
 * format.
 */
export function readFacts(path: string): PartialFacts | undefined {
  try {
    const {
      format_version: version,
      url,
      sha256,
      validator,
      length,
    } = Object(JSON.parse(readFileSync(sidecarOf(path), 'utf8'))) as Record<string, unknown>;
    if (version !== FORMAT_VERSION || typeof url !== 'string' || typeof sha256 !== 'string') return undefined;
    if (typeof validator !== 'string' || typeof length !== 'number') return undefined;
    return { url, sha256, validator, length };
  } catch {
    return undefined;
  }
}

/** Removes a partial file and its sidecar, if they exist. */
export function removePartial(path: string): void {
  for (const one of [path, sidecarOf(path)]) {
    try {
      unlinkSync(one);
    } catch {
      // The next run removes it.
    }
  }
}

/**
 * The file of a partially received body, with its sidecar. While a run writes it, its name is
 * unique to the thread: `SHA256.tmp-….partial`.
 */
export class PartialFile {
  readonly facts: PartialFacts;
  readonly #file: AtomicFile;

  /** @param path path of the existing file, if any */
  constructor(directory: string, facts: PartialFacts, path?: string) {
    this.facts = facts;
    this.#file = new AtomicFile(
      path === undefined
        ? { temporaryPath: ownPath(directory, facts.sha256) }
        : { temporaryPath: path, isAppended: true },
    );
    if (path !== undefined) return;
    const sidecar = { format_version: FORMAT_VERSION, ...facts };
    writeFileAtomic(sidecarOf(this.temporaryPath), `${JSON.stringify(sidecar)}\n`);
  }

  get temporaryPath(): string {
    return this.#file.temporaryPath;
  }

  write(data: Uint8Array): void {
    this.#file.write(data);
  }

  commit(finalPath: string): Stats {
    const stats = this.#file.commit(finalPath);
    removePartial(this.temporaryPath);
    return stats;
  }

  discard(): void {
    this.#file.discard();
    removePartial(this.temporaryPath);
  }
}

/** A path for a partial file that no other thread or process uses. */
export function ownPath(directory: string, sha256: string): string {
  return join(directory, `${sha256}.${temporaryName()}`);
}
