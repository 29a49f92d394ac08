import { type Stats, statSync } from 'node:fs';
import {
  type ChunkPlace,
  type ChunkReader,
  type CrateTemplates,
  type EncodedSection,
  encodeSection,
  type NewChunk,
  newChunk,
  type Section,
  type UnchangedCrate,
} from '@crates-mirror/manifest';
import type { LooseFiles } from './loose-files.ts';
import type { Outbox } from './outbox.ts';
import type { Settlement, Target } from './target.ts';

/** Clocks of file systems tick slowly: what has changed since within so many ms may have the same time. */
const TOO_RECENT_MS = 2000;

/** What the next run may know of a piece of work: as a chunk of before has it, or a new one. */
export type PieceUnchanged = { readonly kept: ChunkPlace } | { readonly added: NewChunk };

export interface UnchangedParts {
  readonly indexDirectory: string;
  readonly files: LooseFiles;
  readonly chunks: ChunkReader;
  readonly templatesOf: (name: string) => CrateTemplates;
  readonly outbox: Outbox;
  readonly onPiece: (piece: PieceUnchanged) => void;
}

interface Known {
  readonly section: Section;
  readonly chunk: ChunkPlace;
}

/** An index file that is read, and what was found of its crate files. */
interface Reading {
  readonly file: string;
  /** ms since the epoch */
  readonly startedAt: number;
  name: string | undefined;
  readonly crates: UnchangedCrate[];
}

/**
 * A lane's short cut through what has not changed: an index file with the size, times and inode of last time, whose crate files
 * all have their sizes and mtimes, is settled without being read. Of those that are read it takes note for the next run.
 */
export class Unchanged {
  readonly #with: UnchangedParts;
  readonly #known = new Map<string, Known>();
  /** Where the sections of this piece of work come from; undefined is an index file that was read. */
  #sources = new Set<ChunkPlace | undefined>();
  #sections: EncodedSection[] = [];
  #reading: Reading | undefined;

  constructor(parts: UnchangedParts) {
    this.#with = parts;
  }

  /** Begins a piece of work. @param chunks those that may have its index files */
  begin(chunks: readonly ChunkPlace[]): void {
    this.#known.clear();
    this.#sources = new Set();
    this.#sections = [];
    for (const known of this.#with.chunks.read(chunks)) this.#known.set(known.section.file, known);
  }

  /** @returns whether the index file and all its crate files are as they were; then they are settled */
  settle(file: string): boolean {
    const known = this.#known.get(file);
    if (known === undefined || !this.#isUnchanged(known.section)) return false;
    this.#with.outbox.settleUnchanged(known.section);
    this.#sections.push(known.section);
    this.#sources.add(known.chunk);
    return true;
  }

  /** An index file is about to be read. */
  startReading(file: string): void {
    this.#reading = { file, startedAt: Date.now(), name: undefined, crates: [] };
  }

  /** Takes note of what was found in place of one of its targets. */
  note({ name, version }: Target, found: Settlement): void {
    const reading = this.#reading;
    if (reading === undefined || !('mtimeMs' in found) || found.mtimeMs === undefined) return;
    const { size, mtimeMs, sha256 } = found;
    // One index file may have a crate by two names, which differ in case.
    reading.name ??= name;
    if (reading.name === name) reading.crates.push({ version, size, mtimeMs, sha256 });
  }

  /** All of it was read. @param targets how many there were */
  endReading(targets: number): void {
    const reading = this.#reading;
    this.#reading = undefined;
    if (reading?.name === undefined || reading.crates.length < targets) return;
    const { file, startedAt, name, crates } = reading;
    const stats = statOf(`${this.#with.indexDirectory}/${file}`);
    if (stats === undefined || Math.max(stats.mtimeMs, stats.ctimeMs) > startedAt - TOO_RECENT_MS) return;
    const section = encodeSection(file, stats, this.#with.templatesOf(name), crates);
    if (section === undefined) return;
    this.#sections.push(section);
    this.#sources.add(undefined);
  }

  /** Ends the piece of work. */
  end(): void {
    const sections = this.#sections;
    if (sections.length === 0) return;
    const [chunk] = this.#sources;
    const isWhole = this.#sources.size === 1 && chunk?.count === sections.length;
    this.#with.onPiece(isWhole ? { kept: chunk } : { added: newChunk(sections) });
    this.#sections = [];
  }

  #isUnchanged(section: Section): boolean {
    const { indexDirectory, files } = this.#with;
    const index = statOf(`${indexDirectory}/${section.file}`);
    if (index === undefined || !section.isOf(index)) return false;
    return section.every((path, size, mtimeMs) => {
      const crate = statOf(files.pathOf({ path }));
      return crate !== undefined && crate.size === size && crate.mtimeMs === mtimeMs;
    });
  }
}

/** @returns undefined for what cannot be looked at: that it is missing or why is told by who looks at it thoroughly */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
