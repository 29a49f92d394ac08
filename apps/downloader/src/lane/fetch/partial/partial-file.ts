import { readFileSync, type Stats, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { AtomicFile, temporaryName, writeFileAtomic } from '@crates-mirror/fs-atomic';

/** From so many bytes on, asking for the rest of a body saves more than it costs. */
export const MIN_PARTIAL = 1 << 20;
const FORMAT_VERSION = 1;
const DATA = /^([0-9a-f]{64})\.partial$/;

/** What the file of a body under way says of itself, for another attempt to go on with it. */
export interface PartialFacts {
  readonly url: string;
  /** of the whole file as the index has it, lower-case hex */
  readonly sha256: string;
  /** A strong one: an ETag, or else a Last-Modified. */
  readonly validator: string;
  /** of the whole file, bytes */
  readonly length: number;
}

/** `SHA256.partial`: the beginning of a body that an earlier run was receiving. */
export function keptName(sha256: string): string {
  return `${sha256}.partial`;
}

/** The checksum of the file whose beginning `name` has; undefined of any other file. */
export function keptSha256(name: string): string | undefined {
  return DATA.exec(name)?.[1];
}

export function sidecarOf(path: string): string {
  return `${path}.json`;
}

/** The facts in a sidecar; undefined where there is none, or it is torn or of another format. */
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

/** Removes a partial file and its sidecar, as far as they are there. */
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
 * The file of a body under way with its sidecar. While a run writes it, its name is one that no other thread gives:
 * `SHA256.tmp-….partial`.
 */
export class PartialFile {
  readonly facts: PartialFacts;
  readonly #file: AtomicFile;

  /** @param path of what is there already */
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

/** A path for a partial file that no other thread or process gives. */
export function ownPath(directory: string, sha256: string): string {
  return join(directory, `${sha256}.${temporaryName()}`);
}
